import { describe, expect, it } from 'vitest'
import { KronosClient, kronosTimeNow, type PutEvent, parse, rawEvent } from '../../../src/index.ts'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler } from '../../../src/server.ts'
import { recorder } from './recorder.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

async function bodyOf(
  run: (client: KronosClient) => Promise<unknown>,
  options = { library: false },
): Promise<string> {
  const { transport, requests } = recorder()
  await run(new KronosClient(transport, options))
  expect(requests).toHaveLength(1)
  return requests[0]!.body
}

describe('the body of a put', () => {
  it('has one event, an array, or a mapping of streams', async () => {
    const event = { '@time': 1n, a: 1 }
    const one = '{"namespace":"kronos","events":{"s.t":[{"@time":1,"a":1}]}}'
    expect(await bodyOf((client) => client.put('s.t', event))).toBe(one)
    expect(await bodyOf((client) => client.put('s.t', [event]))).toBe(one)
    expect(await bodyOf((client) => client.put({ 's.t': [event] }))).toBe(one)
    expect(await bodyOf((client) => client.put({ a: [event, event], b: [] }))).toBe(
      '{"namespace":"kronos","events":{"a":[{"@time":1,"a":1},{"@time":1,"a":1}],"b":[]}}',
    )
    expect(await bodyOf((client) => client.put({}))).toBe('{"namespace":"kronos","events":{}}')
  })

  it('takes any stream name, __proto__ too', async () => {
    const body = await bodyOf((client) => client.put('__proto__', { '@time': 1n, ['__proto__']: 2 }))
    expect(body).toBe('{"namespace":"kronos","events":{"__proto__":[{"@time":1,"__proto__":2}]}}')
  })

  it('stamps events with the time they were put, each later than the one before', async () => {
    const before = kronosTimeNow()
    const body = await bodyOf((client) =>
      client.put('s', [{}, { '@time': undefined }, { '@time': null as never }]),
    )
    const times = [...body.matchAll(/"@time":(\d+)/g)].map(([, time]) => BigInt(time!))
    expect(times).toHaveLength(3)
    expect([before, ...times]).toEqual([before, ...times].toSorted((a, b) => Number(a - b)))
    expect(new Set(times).size).toBe(3)
  })

  it('keeps a time of zero, and every tick', async () => {
    expect(await bodyOf((client) => client.put('s', { '@time': 0 }))).toContain('{"@time":0}')
    expect(await bodyOf((client) => client.put('s', { '@time': 17959104000000001n }))).toContain(
      '{"@time":17959104000000001}',
    )
  })

  it('says which library put it, and changes no event of the caller', async () => {
    const event = Object.freeze({ a: 1, '@id': 'x', '@time': new Date(0) })
    const body = await bodyOf((client) => client.put('s', event), { library: true })
    expect(body).toContain('[{"@time":0,"@library":{"name":"kronos-js","version":"0.0.0-test"},"a":1}]')
    expect(event).toEqual({ a: 1, '@id': 'x', '@time': new Date(0) })
  })

  it('takes a raw event as it stands, with a time if it has none', async () => {
    const text = '{"@id":"x", "@time":1,"n":1.0,"big":12345678901234567890}'
    expect(await bodyOf((client) => client.put('s', rawEvent(text)))).toContain(`[${text}]`)
    const body = await bodyOf((client) => client.put('s', [rawEvent('{"n":1.0}'), rawEvent('{ }')]))
    expect(body).toMatch(/\[\{"@time":\d{17},"n":1\.0\},\{"@time":\d{17}\}\]/)
  })

  it('takes what has a JSON form of its own', async () => {
    class Click {
      '@time' = 5n
      constructor(readonly user: number) {}
    }
    expect(await bodyOf((client) => client.put('s', new Click(1) as never))).toContain(
      '[{"@time":5,"user":1}]',
    )
    const event = { toJSON: () => ({ '@time': 6n, a: 1 }) }
    expect(await bodyOf((client) => client.put('s', event))).toContain('[{"@time":6,"a":1}]')
  })
})

it('goes without a preflight: text/plain, the key in the query, the same key in every attempt', async () => {
  const { transport, requests } = recorder(new Error('reset'), new Response('', { status: 503 }), {
    '@success': true,
  })
  const client = new KronosClient(transport, { retry: { minDelay: 0 } })
  await client.put('s', {})
  await client.put('s', {})
  expect(requests).toHaveLength(4)
  const keys = requests.map(({ url }) => url.searchParams.get('idempotency_key'))
  expect(keys[0]).toMatch(UUID)
  expect(keys.slice(0, 3)).toEqual([keys[0], keys[0], keys[0]])
  expect(keys[3]).not.toBe(keys[0])
  expect(new Set(requests.slice(0, 3).map(({ body }) => body)).size).toBe(1)
  for (const { headers, url } of requests) {
    expect([...headers.keys()].filter((name) => name !== 'content-type')).toEqual([])
    expect(headers.get('content-type')).toMatch(/^text\/plain/)
    expect(url.pathname).toBe('/1.0/events/put')
  }
})

it('tells of what the server did not store', async () => {
  const answer = {
    a: { memory: { num_inserted: 1 } },
    '@success': false,
    '@errors': ['events[1] is bad'],
    '@rejected': { a: [{ index: 1, error: 'bad' }] },
    '@took': '1ms',
  }
  const { transport } = recorder(answer)
  const error = await new KronosClient(transport).put('a', [{}, {}]).catch((reason) => reason)
  expect(error).toMatchObject({ name: 'KronosResponseError', code: 'response', errors: ['events[1] is bad'] })
  expect(error.response).toEqual(answer)
})

it('tells of a store that failed', async () => {
  const answer = {
    a: { sqlite: { num_inserted: -1, '@errors': ['disk full'] } },
    '@success': false,
    '@took': '1ms',
  }
  const failed = new KronosClient(recorder(answer).transport).put('a', {})
  await expect(failed).rejects.toMatchObject({
    code: 'response',
    errors: ['disk full'],
    message: 'disk full',
  })
})

describe('bad input, before any request', () => {
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  it('put of a throwing getter', async () => {
    const { transport, requests } = recorder()
    const event = Object.defineProperty({}, 'a', {
      enumerable: true,
      get() {
        throw new Error('from the getter')
      },
    })
    const error = await new KronosClient(transport).put('s', event).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'validation', cause: { message: 'from the getter' } })
    expect(requests).toHaveLength(0)
  })

  it.each<[unknown, unknown, string]>([
    ['bad name', {}, 'stream: expected a name'],
    ['', {}, 'stream: expected a name'],
    ['x'.repeat(2049), {}, 'stream: expected a name'],
    ['s\n', {}, 'stream: expected a name'],
    [7, {}, 'events: expected an object of streams, got 7'],
    [null, {}, 'events: expected an object of streams, got null'],
    [{ s: {} }, undefined, 'events["s"]: expected an array of events'],
    [{ 'a b': [] }, undefined, 'stream: expected a name'],
    ['s', undefined, 'event: expected an object'],
    ['s', 'text', 'event: expected an object with a JSON form, got "text"'],
    ['s', [{}, [1]], 'events[1]: expected an object with a JSON form, got an array'],
    ['s', [{}, null], 'events[1]: expected an object with a JSON form, got null'],
    ['s', { a: { b: [Number.NaN] } }, 'event.a.b[0]: expected a finite number, got NaN'],
    ['s', cycle, 'event.self'],
    [
      { s: [{ '@time': 'yesterday' }] },
      undefined,
      'events["s"][0].@time: expected an ISO 8601 date, got "yesterday"',
    ],
    [
      's',
      { '@time': 1.7e16 },
      'event.@time: expected milliseconds since the epoch (this looks like Kronos ticks',
    ],
  ])('put(%o, %o)', async (first, second, message) => {
    const { transport, requests } = recorder()
    const client = new KronosClient(transport)
    const error = await client.put(first as string, second as PutEvent).catch((reason) => reason)
    expect(error).toMatchObject({ code: 'validation', message: expect.stringContaining(message) })
    expect(requests).toHaveLength(0)
  })
})

it('sends text that reads back as the events given', async () => {
  const event = {
    '@time': 17959104000000001n,
    deep: { big: 2n ** 70n },
    list: [1.5, 'é😀\u2028', null, true],
  }
  const body = await bodyOf((client) => client.put('s', event))
  const text = body.slice(body.indexOf('[') + 1, body.lastIndexOf(']'))
  expect(text).toContain('"big":1180591620717411303424')
  expect(parse(text)).toMatchObject({ '@time': 17959104000000001n, list: event.list })
})

it('takes an idempotency key of the caller: what was stored under it is not stored again', async () => {
  const client = new KronosClient(createHandler({ store: memoryStore() }).fetch)
  const idempotencyKey = '7c9e6679-7425-40de-944b-e07fc1f90ae7'
  for (let i = 0; i < 2; i++)
    await client.put('site.clicks', { '@time': 17959104000000001n }, { idempotencyKey })
  const events = await client.get('site.clicks').toArray()
  expect(events.map((event) => event['@id'])).toEqual(['d1e8c001-eb87-11f1-805c-b095040549ef'])
  await expect(client.put('s', {}, { idempotencyKey: 'x' })).rejects.toThrow(
    'idempotencyKey: expected a UUID, got "x"',
  )
  const background = new KronosClient(createHandler({ store: memoryStore() }).fetch, { blocking: false })
  expect(() => background.put('s', {}, { idempotencyKey })).toThrow('idempotencyKey: expected none')
})
