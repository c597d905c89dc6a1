import { runInNewContext } from 'node:vm'
import { expect, expectTypeOf, it, vi } from 'vitest'
import { KronosClient } from '../../../src/index.ts'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler } from '../../../src/server.ts'

function setUp() {
  const { fetch } = createHandler({ store: memoryStore() })
  const errors: unknown[] = []
  const client = new KronosClient(fetch, { library: false, onError: (error) => void errors.push(error) })
  const read = async () => {
    const events = await client.get('log').toArray()
    return events.map(({ '@id': _, '@time': __, ...event }) => event)
  }
  const wait = (count: number) =>
    vi.waitFor(async () => expect(await read()).toHaveLength(count), { timeout: 10_000 })
  return { client, errors, read, wait }
}

it('logs each call of a function, which stays what it is', async () => {
  const { client, read, wait } = setUp()
  function add(this: { base: number }, a: number, b = 2) {
    return this.base + a + b
  }
  add.unit = 'm'
  const logged = client.logFunction('log', add, {
    properties: { first: (a) => a, all: (...args) => args.length },
  })
  expectTypeOf(logged).toEqualTypeOf(add)
  expect([logged.name, logged.length, logged.unit]).toEqual(['add', 1, 'm'])
  expect(logged.call({ base: 10 }, 1)).toBe(13)
  await wait(1)
  expect(await read()).toEqual([{ first: 1, all: 1, duration: expect.any(Number) }])
})

it('waits for promises, of any realm, and leaves generators and other thenables alone', async () => {
  const { client, read, wait } = setUp()
  const sleep = client.logFunction('log', async (ms: number) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return 'slept'
  })
  expect(await sleep(30)).toBe('slept')
  await wait(1)
  expect((await read())[0]!.duration).toBeGreaterThan(0.025)
  const foreign = client.logFunction('log', () =>
    runInNewContext('Promise.reject(new TypeError("far away"))'),
  )
  await expect(foreign()).rejects.toThrow('far away')
  await wait(2)
  expect((await read())[1]).toMatchObject({ exception: { class: 'TypeError', message: 'far away' } })
  const count = client.logFunction('log', function* () {
    yield* [1, 2]
  })
  expect([...count()]).toEqual([1, 2])
  // A query builder, say, which would run when it is asked.
  // biome-ignore lint/suspicious/noThenProperty: on purpose
  const query = { then: vi.fn() }
  expect(client.logFunction('log', () => query)()).toBe(query)
  expect(query.then).not.toHaveBeenCalled()
  await wait(4)
})

it.each([
  [
    'an error',
    new RangeError('too far'),
    { class: 'RangeError', message: 'too far', stack_trace: expect.arrayContaining(['RangeError: too far']) },
  ],
  ['a string', 'oh', { class: 'string', message: 'oh' }],
  ['null', null, { class: 'null', message: 'null' }],
  ['undefined', undefined, { class: 'undefined', message: 'undefined' }],
  ['a symbol', Symbol('s'), { class: 'symbol', message: 'Symbol(s)' }],
  ['an object', { message: 'own' }, { class: 'Object', message: 'own' }],
  ['a bare object', Object.create(null), { class: 'unknown', message: '' }],
  ['a revoked proxy', revoked(), { class: 'unknown', message: '' }],
])('logs %s that is thrown, and throws it on', async (_, thrown, exception) => {
  const { client, read, wait } = setUp()
  const fail = client.logFunction('log', () => {
    throw thrown
  })
  let caught: unknown = 'nothing'
  try {
    fail()
  } catch (error) {
    caught = error
  }
  expect(Object.is(caught, thrown)).toBe(true)
  await wait(1)
  expect(await read()).toEqual([{ duration: expect.any(Number), exception }])
})

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

it('never harms the caller: properties that throw, events that are none, a put that fails, a closed client', async () => {
  const { client, errors, read, wait } = setUp()
  const bad = client.logFunction('log', (n: number) => n, {
    properties: {
      fails: () => {
        throw new Error('property')
      },
      good: (n) => n,
    },
  })
  expect(bad(1)).toBe(1)
  await wait(1)
  expect(await read()).toEqual([{ good: 1, duration: expect.any(Number) }])
  expect(client.logFunction('log', () => 2, { properties: { not: () => Number.NaN } })()).toBe(2)
  await client.close()
  expect(bad(3)).toBe(3)
  await vi.waitFor(() => expect(errors).toHaveLength(4), { timeout: 10_000 })
  expect(errors.map((error) => (error as Error).message).sort()).toEqual([
    'client: expected an open client, got "a closed one"',
    'event.not: expected a finite number, got NaN',
    'property',
    'property',
  ])
})

it('logs a block, and what it adds to its event', async () => {
  const { client, read, wait } = setUp()
  expect(
    client.logScope('log', { file: 'a' }, (event) => {
      event.rows = 7
      return 'done'
    }),
  ).toBe('done')
  const failing = client.logScope('log', { file: 'b' }, async () => Promise.reject(new Error('no rows')))
  await expect(failing).rejects.toThrow('no rows')
  await wait(2)
  expect(await read()).toMatchObject([
    { file: 'a', rows: 7 },
    { file: 'b', exception: { class: 'Error', message: 'no rows' } },
  ])
})

it('puts without waiting by a non-blocking client, to the namespace that is named', async () => {
  const { fetch } = createHandler({ store: memoryStore() })
  const client = new KronosClient(fetch, { blocking: false })
  client.logFunction('log', () => 1, { namespace: 'other' })()
  await client.flush()
  const reader = new KronosClient(fetch, { namespace: 'other' })
  expect(await reader.get('log').toArray()).toHaveLength(1)
})

it('refuses wrong arguments at once', () => {
  const { client } = setUp()
  expect(() => client.logFunction('bad name', () => 1)).toThrow('stream: expected')
  expect(() => client.logFunction('log', 1 as never)).toThrow('fn: expected a function')
  expect(() => client.logFunction('log', () => 1, { propertys: {} } as never)).toThrow('options.propertys')
  expect(() => client.logScope('log', {}, 1 as never)).toThrow('body: expected a function')
})
