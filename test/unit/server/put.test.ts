import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../../src/memory.ts'
import type { Store, StoredEvent } from '../../../src/server.ts'
import { errorsOf, linesOf, replaceMethods, startHandler } from './call.ts'

const PUT = '/1.0/events/put'
const KEY = '7c9e6679-7425-40de-944b-e07fc1f90ae7'

/** A handler over a store that remembers what is inserted. */
function startRecording(options = {}) {
  const inserted: [namespace: string, stream: string, events: StoredEvent[]][] = []
  const memory = memoryStore()
  const store = replaceMethods(memory, {
    insert: (namespace, stream, events) => {
      inserted.push([namespace, stream, events])
      return memory.insert(namespace, stream, events)
    },
  })
  return { ...startHandler({ ...options, store }), inserted }
}

describe('idempotency', () => {
  test.each([
    ['kronos', 'site.clicks', 0, '17959104000000001', 'd1e8c001-eb87-11f1-805c-b095040549ef'],
    ['kronos', 'site.clicks', 1, '17959104000000001', 'd1e8c001-eb87-11f1-805c-b095040549f0'],
    ['other', 'a', 999, '0', '13814000-1dd2-11b2-8166-c9653428dd19'],
  ])('the id of %s, %s, %i at %s is %s', async (namespace, stream, index, time, id) => {
    const { send, inserted } = startRecording()
    const body = `{"namespace":"${namespace}","index":{"${stream}":${index}},"events":{"${stream}":[{"@time":${time}}]}}`
    expect((await send(`${PUT}?idempotency_key=${KEY}`, { body })).status).toBe(200)
    expect(inserted).toEqual([
      [namespace, stream, [{ id, time: BigInt(time), text: `{"@id":"${id}","@time":${time}}` }]],
    ])
  })

  test('events that are refused count in the index, and a resent batch is stored once', async () => {
    const { send } = startRecording()
    const body = { events: { s: [{ '@time': 1, n: 0 }, 5, { '@time': 1, n: 2 }] } }
    for (const headers of [{ 'Idempotency-Key': KEY }, { 'Idempotency-Key': `"${KEY.toUpperCase()}"` }]) {
      const answer = await (await send(PUT, { body, headers })).json()
      expect(answer.s).toEqual({ memory: { num_inserted: 2 } })
      expect(answer['@rejected']).toEqual({ s: [{ index: 1, error: expect.any(String) }] })
    }
    // The rest of the same batch, split off.
    const split = { events: { s: [{ '@time': 1, n: 2 }] }, index: { s: 2 } }
    await send(`${PUT}?idempotency_key=${KEY}`, { body: split })
    const lines = await linesOf(await send('/1.0/events/get', { body: { stream: 's', end_time: 9 } }))
    expect(lines.map((line) => JSON.parse(line).n)).toEqual([0, 2])
  })

  test('an event without a time is refused', async () => {
    const { send } = startRecording()
    const body = { events: { s: [{ n: 1 }, { '@time': null }, { '@time': 1 }] } }
    const answer = await (await send(`${PUT}?idempotency_key=${KEY}`, { body })).json()
    expect(answer.s.memory.num_inserted).toBe(1)
    expect(answer['@rejected'].s.map(({ index }: { index: number }) => index)).toEqual([0, 1])
  })

  test.each(['', 'x', `${KEY}0`, '7c9e6679742540de944be07fc1f90ae7'])(
    'the key %j is refused',
    async (key) => {
      const { send, inserted } = startRecording()
      await errorsOf(await send(`${PUT}?idempotency_key=${key}`, { body: { events: { s: [{}] } } }), 400)
      await errorsOf(
        await send(PUT, { headers: { 'Idempotency-Key': key }, body: { events: { s: [{}] } } }),
        400,
      )
      expect(inserted).toEqual([])
    },
  )

  test.each([1, [], 'x', { s: -1 }, { s: 1.5 }, { s: '1' }, { s: 2 ** 53 }, { s: null }])(
    'the index %j is refused',
    async (index) => {
      const { send, inserted } = startRecording()
      await errorsOf(await send(PUT, { body: { index, events: { s: [{ '@time': 1 }] } } }), 400)
      expect(inserted).toEqual([])
    },
  )
})

describe('events', () => {
  test('are kept as written, behind the exact id and time', async () => {
    const { send, inserted } = startRecording()
    const members = '"b" : 1.0,"a":12345678901234567890,"__proto__":{"x":[1e400]},"é\\u0000":"\\ud83d\\ude00"'
    const body = `{"events":{"s":[{"@id":"mine",${members},"\\u0040time":1,"@time":17959104000000001}]}}`
    await send(PUT, { body })
    const [[, , [event]]] = inserted as [[string, string, [StoredEvent]]]
    expect(event.id).toMatch(/^d1e8c001-eb87-11f1-8/)
    expect(event.text).toBe(`{"@id":"${event.id}","@time":17959104000000001,${members}}`)
  })

  test('are stored as one line however their body is printed', async () => {
    const { send, inserted } = startRecording()
    const event = { '@time': 7, a: [1, { b: 'x\r\ny' }], c: {} }
    const pretty = JSON.stringify({ events: { s: [event] } }, null, 2)
    await send(PUT, { body: pretty })
    await send(PUT, { body: pretty.replaceAll('\n', '\r\n') })
    for (const [, , [{ text, id }]] of inserted as [string, string, [StoredEvent]][]) {
      expect(text).not.toMatch(/[\r\n]/)
      expect(JSON.parse(text)).toEqual({ '@id': id, ...event })
    }
  })

  test('of one tick keep their order', async () => {
    const { send } = startHandler()
    const events = Array.from({ length: 300 }, (_, n) => ({ '@time': 5, n }))
    await send(PUT, { body: { events: { s: events } } })
    const lines = await linesOf(await send('/1.0/events/get', { body: { stream: 's', end_time: 5 } }))
    expect(lines.map((line) => JSON.parse(line).n)).toEqual(events.map(({ n }) => n))
  })

  test('without a time get the server’s, in their order', async () => {
    const { send, inserted } = startRecording()
    const before = BigInt(Date.now()) * 10_000n
    await send(PUT, { body: { events: { s: [{ n: 1 }, { '@time': null }, {}] } } })
    const times = inserted[0]![2].map(({ time }) => time)
    expect(times).toEqual([...new Set(times)].sort())
    expect(times[0]).toBeGreaterThanOrEqual(before)
  })
})

describe('what is refused', () => {
  test('is named, and the rest is stored', async () => {
    const { send, inserted } = startRecording()
    const body = `{"events":{"bad stream":[{}],"s":[{"@time":1},{"@time":1.0},"x",{"@time":2}],"none":[5],"empty":[]}}`
    const answer = await (await send(PUT, { body })).json()
    expect(answer).toEqual({
      s: { memory: { num_inserted: 2 } },
      none: { memory: { num_inserted: 0 } },
      '@success': false,
      '@errors': Array(4).fill(expect.any(String)),
      '@rejected': {
        'bad stream': [{ error: expect.any(String) }],
        s: [
          { index: 1, error: expect.stringContaining('@time') },
          { index: 2, error: expect.any(String) },
        ],
        none: [{ index: 0, error: expect.any(String) }],
      },
      '@took': expect.stringMatching(/^\d+\.\d+ms$/),
    })
    expect(inserted.map(([, stream]) => stream)).toEqual(['s'])
  })

  test.each(['[]', 'null', '5', '{"events":[]}', '{"events":{"s":{}}}', '{"events":null}', '', '{} x'])(
    'is all of %j',
    async (body) => {
      const { send, inserted } = startRecording()
      await errorsOf(await send(PUT, { body }), 400)
      expect(inserted).toEqual([])
    },
  )

  test('is what nests deeper than 500 levels', async () => {
    const { send } = startHandler()
    const nest = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    const put = (levels: number) => send(PUT, { body: `{"events":{"s":[{"a":${nest(levels)}}]}}` })
    expect((await put(499)).status).toBe(200)
    await errorsOf(await put(500), 400)
  })

  test('is a put of too many events', async () => {
    const { send, inserted } = startRecording({ maxEventsPerPut: 3 })
    await errorsOf(await send(PUT, { body: { events: { a: [{}, {}], b: [{}, {}] } } }), 413)
    expect(inserted).toEqual([])
    expect((await send(PUT, { body: { events: { a: [{}, {}], b: [{}] } } })).status).toBe(200)
  })
})

test('a stream whose store fails is told apart from those that were stored', async () => {
  const memory = memoryStore()
  const store: Store = replaceMethods(memory, {
    insert: async (namespace, stream, events) => {
      if (stream === 'b') throw new Error('disk full')
      await memory.insert(namespace, stream, events)
    },
  })
  const { send } = startHandler({ store })
  const response = await send(PUT, { body: { events: { a: [{}], b: [{}, {}], c: [{}] } } })
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    a: { memory: { num_inserted: 1 } },
    b: { memory: { num_inserted: -1, '@errors': [expect.stringContaining('disk full')] } },
    c: { memory: { num_inserted: 1 } },
    '@success': false,
    '@took': expect.any(String),
  })
})

test('a stream may be called __proto__', async () => {
  const { send } = startHandler()
  const body = `{"events":{"__proto__":[{"@time":1},5]},"index":{"__proto__":3}}`
  const answer = await (await send(`${PUT}?idempotency_key=${KEY}`, { body })).text()
  expect(answer).toContain('"__proto__":{"memory":{"num_inserted":1}}')
  expect(answer).toContain('"@rejected":{"__proto__":[{"index":1,')
  const get = { body: '{"stream":"__proto__","end_time":1}' }
  expect(await linesOf(await send('/1.0/events/get', get))).toHaveLength(1)
  expect(await (await send('/1.0/events/delete', get)).text()).toContain(
    '"__proto__":{"memory":{"num_deleted":1}}',
  )
})
