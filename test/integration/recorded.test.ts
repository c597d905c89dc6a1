import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memoryStore } from '../../src/memory.ts'
import { parse, stringify } from '../../src/protocol/json.ts'
import { createHandler, type HandlerOptions, type Mode, serve } from '../../src/server.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import recorded from '../fixtures/recorded.json' with { type: 'json' }
import { sendRaw } from './raw-http.ts'

interface Exchange {
  name: string
  store: string
  mode: string
  request: {
    method: string
    path: string
    headers: Record<string, string>
    body?: string
    body_base64?: string
    version?: string
  }
  original: Answer
  expect: {
    kind: string
    status?: number | number[]
    of?: string
    inserted?: number
    deleted?: number
    times?: bigint[]
  }
}

interface Answer {
  status: number
  body: string
}

interface RecordedEvent {
  '@id': string
  '@time': bigint
}

type Send = (request: Exchange['request'], body: Buffer) => Promise<Answer>

/** Recordings of a bug that protocol.md has ours without. */
const CORRECTIONS: Record<string, Exchange['expect']> = {
  // Null joins with any type, whichever of the events is the older.
  'schema/null-older': { kind: 'same-shape', status: 200 },
  // The order is ascending or descending.
  'sqlite/order-bogus': { kind: 'error', status: 400 },
  // An empty range deletes nothing, as in delete/start-after-end.
  'sqlite/delete-bug': { kind: 'delete', status: 200, deleted: 0 },
  // The delete before these two, with a garbage start_id, is refused, so the event at 10 is still there.
  'delete/garbage-get': { kind: 'lines', status: 200, times: [10n, 40n, 70n] },
  'delete/start-absent': { kind: 'delete', status: 200, deleted: 2 },
}

const STORES = {
  memory: () => memoryStore(),
  sqlite: () => {
    const directory = mkdtempSync(join(tmpdir(), 'kronos-recorded-'))
    const store = sqliteStore(join(directory, 'kronos.db'))
    onTestFinished(async () => {
      await store.close()
      rmSync(directory, { recursive: true })
    })
    return store
  },
}

const SENDERS: Record<string, (options: HandlerOptions) => Promise<Send>> = {
  'a socket': async (options) => {
    const server = await serve({ ...options, port: 0 })
    onTestFinished(() => server.close())
    return (request, body) => sendRaw(server.url, { ...request, body })
  },
  'handler.fetch': async (options) => {
    const { fetch } = createHandler(options)
    return async ({ method, path, headers }, body) => {
      const hasBody = method !== 'GET' && method !== 'HEAD'
      const request = new Request(`http://127.0.0.1${path}`, {
        method,
        headers,
        body: hasBody ? new Uint8Array(body) : null,
      })
      const response = await fetch(request)
      return { status: response.status, body: await response.text() }
    }
  },
}

const groups = new Map<string, Exchange[]>()
for (const exchange of recorded as Exchange[]) {
  const name = `what ${exchange.store} answered in mode ${exchange.mode}`
  groups.set(name, [...(groups.get(name) ?? []), exchange])
}

for (const [group, exchanges] of groups) {
  for (const [storeName, makeStore] of Object.entries(STORES)) {
    for (const [way, makeSend] of Object.entries(SENDERS)) {
      test(`${group} by ${way}, on ${storeName}`, async () => {
        const mode = exchanges[0]!.mode as Mode
        const send = await makeSend({ store: makeStore(), mode })
        const answers = new Map<string, Answer>()
        for (const exchange of exchanges) {
          const answer = await send(exchange.request, bodyOf(exchange, answers))
          answers.set(exchange.name, answer)
          const original = { ...exchange.original }
          original.body = original.body.replaceAll(`"${exchange.store}": {"num_`, `"${storeName}": {"num_`)
          const expected = CORRECTIONS[exchange.name] ?? exchange.expect
          check(exchange, expected, original, answer, answers)
        }
      })
    }
  }
}

describe('the corrections', () => {
  test('are of recordings that there are', () => {
    const names = (recorded as Exchange[]).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(Object.keys(CORRECTIONS)))
  })
})

/** The body to send, with the ids that it takes from earlier answers. */
function bodyOf({ request }: Exchange, answers: Map<string, Answer>): Buffer {
  if (request.body_base64 !== undefined) return Buffer.from(request.body_base64, 'base64')
  const body = request.body!.replaceAll(/\{\{id:(.+?):(\d+)\}\}/g, (_, name, line) => {
    return eventsOf(answers.get(name)!.body)[Number(line)]!['@id']
  })
  return Buffer.from(body)
}

function check(
  { name, request }: Exchange,
  expected: Exchange['expect'],
  original: Answer,
  answer: Answer,
  answers: Map<string, Answer>,
): void {
  const { kind, status } = expected
  const message = `${name}: ${answer.status} ${answer.body.slice(0, 300)}`
  if (kind === 'skip') return
  expect([status].flat(), message).toContain(answer.status)
  if (kind === 'status') return
  if (kind === 'error' || answer.status >= 400) {
    expect(comparableJSON(JSON.parse(answer.body)), message).toEqual({ '@success': false, '@errors': true })
    return
  }
  if (kind === 'lines-of') {
    expect(eventsOf(answer.body), message).toEqual(eventsOf(answers.get(expected.of!)!.body))
  } else if (kind === 'lines') {
    expect(
      eventsOf(answer.body).map((event) => event['@time']),
      message,
    ).toEqual(expected.times)
  } else if (kind === 'put') {
    expect(countsOf(answer.body), message).toEqual({ success: true, counts: [expected.inserted] })
  } else if (kind === 'delete') {
    expect(countsOf(answer.body), message).toEqual({ success: true, counts: [expected.deleted] })
  } else if (kind === 'put-invalid') {
    expect(countsOf(answer.body), message).toEqual({ success: false, counts: [0] })
    expect(JSON.parse(answer.body)['@errors'], message).toHaveLength(1)
  } else if (kind === 'same-shape') {
    expect(Object.keys(JSON.parse(answer.body)).sort(), message).toEqual([
      '@success',
      '@took',
      'namespace',
      'schema',
      'stream',
    ])
  } else {
    expect(kind, message).toBe('same')
    expect(comparable(request.path, answer.body), message).toEqual(comparable(request.path, original.body))
  }
}

/** An answer's body without what isn't compared (see protocol.md). */
function comparable(path: string, body: string): unknown {
  if (path.startsWith('/1.0/events/get')) {
    expect(body).toMatch(/^(?:[^\r\n]+\r\n)*$/)
    return sortRuns(eventsOf(body))
  }
  if (path === '/1.0/streams') return body.split('\r\n').sort()
  return comparableJSON(JSON.parse(body))
}

/** Events in their order, but those of one time, whose order is by chance, sorted; ids cut to their time. */
function sortRuns(events: RecordedEvent[]): string[] {
  const runs: string[][] = []
  for (const [index, event] of events.entries()) {
    if (event['@time'] !== events[index - 1]?.['@time']) runs.push([])
    runs.at(-1)!.push(stringify(sortKeys({ ...event, '@id': event['@id'].slice(0, 18) })))
  }
  return runs.flatMap((run) => run.sort())
}

function comparableJSON(body: Record<string, unknown>): unknown {
  const { '@took': took, '@rejected': _, '@errors': errors, ...rest } = body
  if (took !== undefined) expect(took).toMatch(/^\d+(\.\d+)?ms$/)
  if (errors !== undefined) {
    expect(errors).not.toHaveLength(0)
    rest['@errors'] = true
  }
  if (rest['service'] === undefined) return sortKeys(rest)
  const { version, id, features: __, storage, ...same } = rest
  expect([typeof version, typeof id]).toEqual(['string', 'string'])
  const alive = Object.values(storage as object).map((store: { alive: boolean }) => store.alive)
  return { ...same, alive }
}

/** Nothing says in which order keys stand, or what a schema requires is named. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).map(([key, member]): [string, unknown] => [
    key,
    key === 'required' && Array.isArray(member) ? [...member].sort() : sortKeys(member),
  ])
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function countsOf(body: string): { success: boolean; counts: number[] } {
  const { '@success': success, '@errors': _, '@took': __, '@rejected': ___, ...streams } = JSON.parse(body)
  const stores = Object.values(streams).flatMap((stream) => Object.values(stream as object))
  return { success, counts: stores.map((store) => store.num_inserted ?? store.num_deleted) }
}

function eventsOf(body: string): RecordedEvent[] {
  return body
    .split('\r\n')
    .filter(Boolean)
    .map((line) => parse<RecordedEvent>(line))
}
