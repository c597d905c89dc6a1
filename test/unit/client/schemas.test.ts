import * as v from 'valibot'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { KronosClient, KronosValidationError, rawEvent } from '../../../src/index.ts'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler } from '../../../src/server.ts'

const LIBRARIES = {
  zod: z.object({ user: z.number(), tags: z.array(z.string()).default(['none']) }),
  valibot: v.object({ user: v.number(), tags: v.optional(v.array(v.string()), ['none']) }),
}

function setUp() {
  let requests = 0
  const { fetch: handle } = createHandler({ store: memoryStore() })
  const transport = async (request: Request) => {
    requests++
    return handle(request)
  }
  return { transport, plain: new KronosClient(handle), requests: () => requests }
}

describe.each(Object.entries(LIBRARIES))('%s', (_, schema) => {
  it('checks what is put, and its output is put', async () => {
    const { transport, plain } = setUp()
    const client = new KronosClient(transport, { schemas: { s: schema } })
    await client.put('s', { user: 1 })
    await client.put({ s: [{ user: 2, tags: ['a'], '@time': 5n }] })
    const [second, first] = await plain.get('s').toArray()
    expect(first).toMatchObject({ user: 1, tags: ['none'] })
    expect(second).toMatchObject({ user: 2, tags: ['a'], '@time': 5n, '@library': { name: 'kronos-js' } })
  })

  it('names the field that it refuses, and nothing is sent', async () => {
    const { transport, requests } = setUp()
    const client = new KronosClient(transport, { schemas: { s: schema } })
    const error = await client
      // @ts-expect-error a tag of another type
      .put('s', [{ user: 1 }, { user: 2, tags: ['a', 3] }])
      .catch((error) => error)
    expect(error).toBeInstanceOf(KronosValidationError)
    expect(error.field).toBe('events[1].tags.1')
    expect(error.message).toMatch(/^events\[1\]\.tags\.1: expected what its schema takes \(.+\), got 3$/)
    expect(error.cause).toMatchObject([{ message: expect.any(String) }])
    expect(requests()).toBe(0)
  })

  it('checks what is stored, when asked', async () => {
    const { transport, plain } = setUp()
    const client = new KronosClient(transport, { schemas: { s: schema } })
    await plain.put('s', [
      { user: 1, '@time': 1n, more: true },
      { user: '2', '@time': 2n },
    ])
    expect(await client.get('s').toArray()).toHaveLength(2)
    expect(await client.get('s', 1n, 1n, { validate: true }).toArray()).toMatchObject([
      { '@time': 1n, '@id': expect.any(String), user: 1, tags: ['none'] },
    ])
    await expect(client.get('s', 0, undefined, { validate: true }).toArray()).rejects.toThrow(
      /^[\da-f-]{36}\.user: expected what its schema takes/,
    )
    const tail = client.tail('s', { from: 1n, validate: true })
    await expect(tail.toArray()).rejects.toThrow(KronosValidationError)
    expect(() => plain.get('s', 0, 1, { validate: true })).toThrow('validate: expected true, with a schema')
  })
})

it('a validator may answer later, and change the event', async () => {
  const { transport, plain } = setUp()
  const trimmed = z.object({ name: z.string().transform(async (name) => name.trim()) })
  await new KronosClient(transport, { schemas: { s: trimmed } }).put('s', { name: ' a ' })
  expect(await plain.get('s').toArray()).toMatchObject([{ name: 'a' }])
})

it('rawEvent and streams without a schema are not checked', async () => {
  const { transport, plain } = setUp()
  const client = new KronosClient<{ s: { user: number }; t: { any: number } }>(transport, {
    schemas: { s: LIBRARIES.zod },
  })
  await client.put({ s: [rawEvent('{"user":"x"}')], t: [{ any: 1 }] })
  expect(await plain.get('s').toArray()).toMatchObject([{ user: 'x' }])
})

it('the event of the caller is not changed', async () => {
  const { transport } = setUp()
  const event = Object.freeze({ user: 1, '@time': 1n })
  await new KronosClient(transport, { schemas: { s: LIBRARIES.zod } }).put('s', event)
})

describe('without waiting', () => {
  function background(schemas: object) {
    const { transport, plain } = setUp()
    const told: string[] = []
    const client = new KronosClient(transport, {
      blocking: false,
      onError: (error) => void told.push((error.cause as Error).message),
      schemas: schemas as Record<string, typeof LIBRARIES.zod>,
    })
    onTestFinished(() => void client.close({ timeout: 0 }))
    return { client, plain, told }
  }

  it('an event that is refused is reported, and the others go', async () => {
    const { client, plain, told } = background({ s: LIBRARIES.valibot })
    client.put('s', [{ user: 1 }, { user: '2' as never }, { user: 3 }])
    await client.flush()
    expect((await plain.get('s').toArray()).map(({ user }) => user)).toEqual([1, 3])
    expect(told).toEqual([expect.stringMatching(/^events\[1\]\.user: expected what its schema takes/)])
    expect(client.stats()).toMatchObject({ dropped: { invalid: 1 } })
  })

  it('a validator that answers later is refused, even if it fails', async () => {
    const { client, plain, told } = background({
      s: v.pipeAsync(
        v.object({}),
        v.checkAsync(async () => Promise.reject(new Error('late'))),
      ),
    })
    client.put('s', { user: 1 })
    await client.flush()
    expect(told).toEqual([expect.stringContaining('schemas["s"]: expected a validator that answers at once')])
    expect(await plain.get('s').toArray()).toEqual([])
  })
})

it('what is no schema is refused', () => {
  expect(() => new KronosClient('http://x', { schemas: { s: {} as never } })).toThrow(
    'schemas["s"]: expected a Standard Schema',
  )
  expect(() => new KronosClient('http://x', { schemas: [] as never })).toThrow('schemas: expected an object')
})
