import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { memoryStore } from '../../src/memory.ts'
import { LineDecoder } from '../../src/protocol/ndjson.ts'
import { JSONScanner } from '../../src/protocol/scanner.ts'
import { createHandler, serve } from '../../src/server.ts'
import { sendRaw } from '../integration/raw-http.ts'
import { SOAK } from './server-process.ts'

/** A run that CI has the time for, or the long one: millions of inputs in all. */
const runs = (count: number) => (SOAK ? count * 200 : count)
const TIMEOUT = SOAK ? 3_600_000 : 60_000

/** What JSON is made of and what it stumbles over. */
const FRAGMENT = fc.constantFrom(
  ...'{}[],:"\\ \n\r\t-+.eE0129'.split(''),
  ...[
    'true',
    'false',
    'null',
    'nul',
    '"@time"',
    '"@id"',
    '"\\u0040time"',
    '"events"',
    '"a"',
    '\\u00e9',
    '\\ud800',
  ],
  ...[
    '-0',
    '1.0',
    '1e400',
    '01',
    '17959104000000001',
    '12345678901234567890',
    '\u2028',
    '😀',
    '\u0000',
    '\ufeff',
  ],
)

/** A text with some of its parts cut out, doubled, or replaced. */
function mutate(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const edit = fc.record({ at: fc.nat(), cut: fc.nat(3), insert: fc.array(FRAGMENT, { maxLength: 2 }) })
  return fc.tuple(text, fc.array(edit, { maxLength: 4 })).map(([whole, edits]) =>
    edits.reduce((now, { at, cut, insert }) => {
      const place = at % (now.length + 1)
      return now.slice(0, place) + insert.join('') + now.slice(place + cut)
    }, whole),
  )
}

const SOUP = fc.array(FRAGMENT, { maxLength: 12 }).map((parts) => parts.join(''))
const TEXT = fc.oneof(fc.json({ maxDepth: 4 }), mutate(fc.json({ maxDepth: 3 })), SOUP)

const EVENT = fc.oneof(
  fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('@time', '@id', '__proto__')), fc.jsonValue()),
  fc.record({ '@time': fc.integer(), value: fc.jsonValue() }),
  fc.jsonValue(),
)
const BODY = fc.oneof(
  fc
    .record(
      {
        namespace: fc.constantFrom(null, 'kronos', 'a b', 7),
        events: fc.dictionary(
          fc.constantFrom('s', 'x.y', 'no name', '__proto__'),
          fc.array(EVENT, { maxLength: 4 }),
        ),
        index: fc.constantFrom(undefined, { s: 3 }, { s: -1 }, []),
        stream: fc.constantFrom('s', 's', 's', '', 5),
        start_time: fc.oneof(fc.integer(), fc.constantFrom(null, '5', 1.5, '')),
        end_time: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(null, '9', '1e3')),
        start_id: fc.constantFrom(null, 'x', '13814000-1dd2-11b2-8000-000000000000'),
        limit: fc.oneof(fc.integer({ min: -2, max: 5 }), fc.constant('x')),
        order: fc.constantFrom('ascending', 'descending', 'up', null),
        end: fc.constantFrom(true, false, 1, null),
      },
      { requiredKeys: [] },
    )
    .map((body) => JSON.stringify(body)),
  TEXT,
)
const PATH = fc.constantFrom(
  ...['put', 'get', 'delete'].map((name) => `/1.0/events/${name}`),
  ...[
    '/1.0/streams',
    '/1.0/streams/infer_schema',
    '/1.0/index',
    '/healthz',
    '/metrics',
    '/',
    '//',
    '/1.0/%00',
  ],
)

function isJSON(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('the scanner', () => {
  it(
    'agrees with JSON.parse on what is JSON',
    () => {
      fc.assert(
        fc.property(TEXT, (text) => {
          const scanner = new JSONScanner(text, 500)
          let scanned = true
          try {
            scanner.skip()
            scanner.end()
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError)
            scanned = false
          }
          expect(scanned).toBe(isJSON(text))
        }),
        { numRuns: runs(20_000) },
      )
    },
    TIMEOUT,
  )
})

describe('lines', () => {
  it(
    'are the same however the bytes are cut',
    () => {
      const cuts = fc.array(fc.nat(), { maxLength: 6 })
      fc.assert(
        fc.property(fc.array(fc.string({ unit: 'binary' })), cuts, (parts, places) => {
          const text = parts.join('\r\n')
          const bytes = new TextEncoder().encode(text)
          const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
            (a, b) => a - b,
          )
          const decoder = new LineDecoder()
          let start = 0
          let read = ''
          for (const end of ends) {
            read += decoder.push(bytes.slice(start, end))
            start = end
          }
          expect(read + decoder.rest()).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
        }),
        { numRuns: runs(5_000) },
      )
    },
    TIMEOUT,
  )
})

describe('the server', () => {
  it(
    'answers every body, and never by 500',
    async () => {
      const { fetch } = createHandler({ store: memoryStore({ maxEvents: 1000 }) })
      const send = (path: string, body: string) =>
        fetch(new Request(`http://here.test${path}`, { method: 'POST', body }))
      await fc.assert(
        fc.asyncProperty(PATH, BODY, async (path, body) => {
          const answer = await send(path, body)
          const text = await answer.text()
          expect(answer.status, `${path} ${body} ${text}`).toBeLessThan(500)
          for (const line of text.trimEnd().split('\r\n')) {
            if (line !== '' && path !== '/1.0/streams') expect(isJSON(line), line).toBe(true)
          }
        }),
        { numRuns: runs(5_000) },
      )
    },
    TIMEOUT,
  )

  it(
    'keeps an event as JSON.parse reads it',
    async () => {
      const { fetch } = createHandler({ store: memoryStore() })
      const send = async (path: string, body: string) =>
        (await fetch(new Request(`http://here.test${path}`, { method: 'POST', body }))).text()
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (fields) => {
          const { '@id': _, '@time': __, ...given } = fields
          const stream = `s${run++}`
          await send('/1.0/events/put', JSON.stringify({ events: { [stream]: [{ ...given, '@time': 5 }] } }))
          const text = await send('/1.0/events/get', JSON.stringify({ stream, end_time: 5 }))
          const { '@id': id, '@time': time, ...stored } = JSON.parse(text)
          expect(stored).toEqual(JSON.parse(JSON.stringify(given)))
          expect([typeof id, time]).toEqual(['string', 5])
          await send('/1.0/events/delete', JSON.stringify({ stream, end_time: 5 }))
        }),
        { numRuns: runs(2_000) },
      )
    },
    TIMEOUT,
  )

  it(
    'outlives any bytes on its socket',
    async () => {
      const { url, close } = await serve({ store: memoryStore({ maxEvents: 1000 }), port: 0 })
      onTestFinished(close)
      const header = fc.tuple(
        fc.constantFrom(
          'Content-Encoding',
          'Origin',
          'Host',
          'Authorization',
          'Idempotency-Key',
          'Expect',
          'X',
        ),
        fc.oneof(fc.constantFrom('gzip', 'null', 'http://x', 'Bearer ', '100-continue'), fc.base64String()),
      )
      const request = fc.record({
        method: fc.constantFrom('POST', 'POST', 'GET', 'HEAD', 'OPTIONS', 'DELETE', 'BREW'),
        path: fc.oneof(
          PATH,
          fc.webPath().map((path) => path || '/'),
        ),
        headers: fc
          .array(header, { maxLength: 3 })
          .map((pairs): Record<string, string> => Object.fromEntries(pairs)),
        body: fc.oneof(
          BODY.map((body) => Buffer.from(body)),
          fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        ),
      })
      await fc.assert(
        fc.asyncProperty(request, async (sent) => {
          const { status } = await sendRaw(url, sent)
          expect(
            status === 0 || status < 500 || Number.isNaN(status),
            `${status} ${JSON.stringify(sent)}`,
          ).toBe(true)
        }),
        { numRuns: SOAK ? 20_000 : 300 },
      )
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
    },
    TIMEOUT,
  )
})
