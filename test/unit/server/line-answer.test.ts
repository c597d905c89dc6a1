import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../../src/memory.ts'
import { errorsOf, linesOf, replaceMethods, startHandler } from './call.ts'

const GET = '/1.0/events/get'
const PUT = '/1.0/events/put'
const STREAMS = '/1.0/streams'
const ASKED = { stream: 's', end_time: 99 }

/** A handler over a store whose reads give these chunks; an error among them is thrown. */
function startReading(chunks: (string | Error)[]) {
  const seen = { pulled: 0, ended: false }
  async function* read() {
    try {
      for (const chunk of chunks) {
        seen.pulled++
        if (chunk instanceof Error) throw chunk
        yield chunk
      }
    } finally {
      seen.ended = true
    }
  }
  const store = replaceMethods(memoryStore(), { retrieve: read, streams: read })
  return { ...startHandler({ store }), seen }
}

describe('get', () => {
  test('gives lines of NDJSON that end with CRLF', async () => {
    const { send } = startHandler()
    await send(PUT, { body: { events: { s: [{ '@time': 1 }, { '@time': 2 }] } } })
    const answer = await send(GET, { body: ASKED })
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.has('kronos-end')).toBe(false)
    expect(await answer.text()).toMatch(/^\{"@id":"[^"]+","@time":1\}\r\n\{"@id":"[^"]+","@time":2\}\r\n$/)
  })

  test('reads nothing ahead of the client, and stops when it goes away', async () => {
    const { send, seen } = startReading(['1\r\n', '2\r\n', '3\r\n', '4\r\n'])
    const reader = (await send(GET, { body: ASKED })).body!.getReader()
    expect(seen.pulled).toBe(1)
    await reader.read()
    expect(seen.pulled).toBe(1)
    await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(seen).toEqual({ pulled: 2, ended: false })
    await reader.cancel()
    expect(seen).toEqual({ pulled: 2, ended: true })
  })

  test('asks the store for nothing when the range can hold nothing', async () => {
    const { send, seen } = startReading([new Error('must not be read')])
    for (const body of [
      { ...ASKED, limit: 0 },
      { ...ASKED, start_time: 100 },
    ]) {
      expect(await linesOf(await send(GET, { body }))).toEqual([])
    }
    expect(seen.pulled).toBe(0)
  })
})

describe('the end of an answer', () => {
  test('is marked when it is asked for, with the number of events', async () => {
    const { send } = startReading(['{}\r\n{}\r\n', '{}\r\n'])
    const answer = await send(GET, { body: { ...ASKED, end: true } })
    expect(answer.headers.get('kronos-end')).toBe('1')
    expect((await linesOf(answer)).at(-1)).toBe('{"@end":{"count":3}}')
  })

  test('is marked in an empty answer, and in one of streams', async () => {
    const { send } = startHandler()
    expect(await linesOf(await send(GET, { body: { ...ASKED, end: true } }))).toEqual([
      '{"@end":{"count":0}}',
    ])
    await send(PUT, { body: { events: { b: [{}], a: [{}] } } })
    const answer = await send(STREAMS, { body: { end: true } })
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect((await linesOf(answer)).sort()).toEqual(['a', 'b', '{"@end":{"count":2}}'])
  })

  test('is not marked otherwise', async () => {
    const { send } = startReading(['{}\r\n'])
    for (const end of [false, null]) {
      const answer = await send(GET, { body: { ...ASKED, end } })
      expect(answer.headers.has('kronos-end')).toBe(false)
      expect(await linesOf(answer)).toEqual(['{}'])
    }
    await errorsOf(await send(GET, { body: { ...ASKED, end: 1 } }), 400)
  })
})

describe('a store that fails', () => {
  test.each([
    [GET, ASKED],
    [STREAMS, {}],
    ['/1.0/streams/infer_schema', ASKED],
  ])('before the first chunk makes %s a 503', async (path, body) => {
    const { send } = startReading([new Error('locked')])
    const answer = await send(path, { body })
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await errorsOf(answer, 503)).toEqual([expect.stringContaining('locked')])
  })

  test('in the middle says so in a last line', async () => {
    const { send } = startReading(['{}\r\n', new Error('disk "gone"\n')])
    const lines = await linesOf(await send(GET, { body: { ...ASKED, end: true } }))
    expect(lines).toHaveLength(2)
    expect(JSON.parse(lines[1]!)).toEqual({ '@success': false, '@errors': [expect.stringContaining('disk')] })
  })

  test('makes delete a 503, and index say that it is not alive', async () => {
    const fail = () => Promise.reject(new Error('down'))
    const { send } = startHandler({ store: replaceMethods(memoryStore(), { delete: fail, isAlive: fail }) })
    const answer = await send('/1.0/events/delete', { body: ASKED })
    expect(answer.headers.get('retry-after')).toBe('1')
    await errorsOf(answer, 503)
    const index = await (await send('/1.0/index', { method: 'GET' })).json()
    expect(index.storage).toEqual({ memory: { alive: false, backend: 'memory' } })
  })
})

test('delete takes no limit', async () => {
  const { send } = startHandler()
  await send(PUT, { body: { events: { s: [{ '@time': 1 }, { '@time': 2 }] } } })
  await errorsOf(await send('/1.0/events/delete', { body: { ...ASKED, limit: 1 } }), 400)
  expect(await linesOf(await send(GET, { body: ASKED }))).toHaveLength(2)
})

test('many names of streams come in few chunks', async () => {
  const { send } = startReading(Array.from({ length: 20_000 }, (_, n) => `stream.${n}`))
  const chunks: Uint8Array[] = []
  for await (const chunk of (await send(STREAMS)).body!) chunks.push(chunk)
  expect(chunks.length).toBeLessThan(10)
  expect(Buffer.concat(chunks).toString().split('\r\n')).toHaveLength(20_001)
})
