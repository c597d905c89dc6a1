import { describe, expect, it } from 'vitest'
import { Batch, writeBody } from '../../src/delivery/batch.ts'
import { sendPieces } from '../../src/delivery/beacon.ts'
import { type ClientOptions, KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { createHandler } from '../../src/server.ts'
import { KeptQueue } from './kept-queue.ts'

type Handle = (request: Request) => Promise<Response>
type Step = (request: Request, handle: Handle) => Promise<Response>

const store: Step = (request, handle) => handle(request)
const loseAnswer: Step = async (request, handle) => {
  await handle(request)
  throw new TypeError('connection reset')
}
const refuse =
  (status: number): Step =>
  async () =>
    Response.json({ '@success': false, '@errors': ['no'], '@took': '0ms' }, { status })

/** A real server behind a network that takes those steps, one a request, and is sound then. */
function startServer(steps: Step[], insertFails: (stream: string) => boolean = () => false) {
  const memory = memoryStore()
  const handle = createHandler({
    store: {
      ...memory,
      insert: async (namespace, stream, events) => {
        if (insertFails(stream)) throw new Error('out of order')
        await memory.insert(namespace, stream, events)
      },
    },
  }).fetch
  const bodies: { events: Record<string, { n: number }[]>; index: Record<string, number> }[] = []
  const keys = new Set<string | null>()
  const transport = async (request: Request) => {
    bodies.push(JSON.parse(await request.clone().text()))
    keys.add(new URL(request.url).searchParams.get('idempotency_key'))
    return (steps.shift() ?? store)(request, handle)
  }
  return {
    transport,
    bodies,
    keys,
    connect: (options: ClientOptions<'bigint', false> = {}) =>
      new KronosClient(transport, {
        flushInterval: 0,
        retry: { minDelay: 1, maxDelay: 5 },
        ...options,
        blocking: false,
      }),
    async stored(stream: string) {
      return (await new KronosClient(handle).get(stream).toArray()).map((event) => event['n'])
    },
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const upTo = (count: number) => numbers(count).map(({ n }) => n)

it('a stored batch whose answer is lost, and whose retry is too large and is split', async () => {
  const server = startServer([loseAnswer, refuse(413), refuse(413), store, loseAnswer, store])
  const client = server.connect()
  client.put('s', numbers(100))
  expect(await client.flush()).toEqual({ queued: 0, dropped: 0 })
  expect(await server.stored('s')).toEqual(upTo(100))
  expect(server.bodies.map(({ events, index }) => [events['s']!.length, index['s']])).toEqual([
    [100, 0],
    [100, 0],
    [50, 0],
    [25, 0],
    [25, 25],
    [25, 25],
    [50, 50],
  ])
  expect(server.keys.size).toBe(1)
})

it('one of three streams whose store fails is sent again, by itself', async () => {
  let failures = 2
  const server = startServer([], (stream) => stream === 'b' && failures-- > 0)
  const client = server.connect()
  client.put({ a: numbers(3), b: numbers(4), c: numbers(5) })
  expect(await client.flush()).toEqual({ queued: 0, dropped: 0 })
  expect(server.bodies.map(({ events }) => Object.keys(events))).toEqual([['a', 'b', 'c'], ['b'], ['b']])
  for (const [stream, count] of Object.entries({ a: 3, b: 4, c: 5 })) {
    expect(await server.stored(stream)).toEqual(upTo(count))
  }
})

it('a crashed queue that another client reads, with other batch settings', async () => {
  const queue = new KeptQueue()
  let alive = true
  const server = startServer([loseAnswer])
  const handle = queue.handle(() => alive)
  const crashing = server.connect({
    queue: handle,
    maxBatchEvents: 70,
    // The answer of the first batch is lost, and the client with it.
    retry: { minDelay: 1e9, maxDelay: 1e9 },
  })
  crashing.put('s', numbers(100))
  await expect.poll(() => server.bodies.length).toBe(1)
  await handle.settle()
  expect(queue.size).toBe(100)
  alive = false

  const next = server.connect({ queue: queue.handle(() => true), maxBatchEvents: 10, maxBatchBytes: 200 })
  expect(await next.flush()).toEqual({ queued: 0, dropped: 0 })
  expect(next.stats()).toMatchObject({ recovered: 100, delivered: 100 })
  expect(queue.size).toBe(0)
  expect(await server.stored('s')).toEqual(upTo(100))
})

it('a batch of 1 MiB that is under way and becomes beacons', async () => {
  const server = startServer([])
  const batch = new Batch('7c9e6679-7425-40de-944b-e07fc1f90ae7', 'kronos')
  for (let n = 0; n < 1000; n++) {
    const text = JSON.stringify({ '@time': n, n, text: '€'.repeat(330) })
    batch.add(`s${n % 2}`, text, Buffer.byteLength(text))
  }
  const sizes: number[] = []
  const bodies: string[] = []
  let room = 50_000
  // A browser whose quota is partly used up: it takes what fits.
  const beacon = (_: string, body: string) => {
    const size = Buffer.byteLength(body)
    if (size > room) return false
    room -= size
    sizes.push(size)
    bodies.push(body)
    return true
  }
  const taken = sendPieces([batch], () => true, beacon)
  expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(48_000)
  const url = `http://kronos.local/1.0/events/put?idempotency_key=${batch.key}`
  for (const body of bodies) await server.transport(new Request(url, { method: 'POST', body }))
  const isFirst = (n: number) => n < taken.length
  expect(
    [...(await server.stored('s0')), ...(await server.stored('s1'))].toSorted(
      (a, b) => Number(a) - Number(b),
    ),
  ).toEqual(upTo(1000).filter(isFirst))
  // The request itself arrives after all.
  await server.transport(new Request(url, { method: 'POST', body: writeBody('kronos', batch.events) }))
  expect(await server.stored('s0')).toEqual(upTo(1000).filter((n) => n % 2 === 0))
  expect(await server.stored('s1')).toEqual(upTo(1000).filter((n) => n % 2 === 1))
})

describe('a request that is refused with 400', () => {
  const refuseIf =
    (bad: (n: number) => boolean): Step =>
    async (request, handle) => {
      const { events } = JSON.parse(await request.clone().text()) as {
        events: Record<string, { n: number }[]>
      }
      const isBad = Object.values(events)
        .flat()
        .some(({ n }) => bad(n))
      return isBad ? refuse(400)(request, handle) : handle(request)
    }

  it.each([
    ['one event among 1,000', [617]],
    ['several', [0, 1, 2, 499, 999]],
    ['one in each quarter', [100, 300, 600, 900]],
    ['the first of three quarters', [0, 250, 500, 900]],
  ])('for %s: those are told of, the others stored', async (_, bad) => {
    const server = startServer(Array.from({ length: 500 }, () => refuseIf((n) => bad.includes(n))))
    const lost: unknown[] = []
    const client = server.connect({
      onError: (error, events) => {
        expect(error).toMatchObject({ reason: 'refused', cause: { status: 400 } })
        lost.push(...events.map(({ text }) => JSON.parse(text!).n))
      },
    })
    client.put('s', numbers(1000))
    expect(await client.flush()).toEqual({ queued: 0, dropped: bad.length })
    expect(lost.toSorted((a, b) => Number(a) - Number(b))).toEqual(bad)
    expect(await server.stored('s')).toEqual(upTo(1000).filter((n) => !bad.includes(n)))
  })

  it('whatever is in it: after halves, quarters and four events alone that is believed', async () => {
    const server = startServer(Array.from({ length: 500 }, () => refuse(400)))
    const client = server.connect({ onError: () => {} })
    client.put('s', numbers(1000))
    expect(await client.flush()).toEqual({ queued: 0, dropped: 1000 })
    expect(server.bodies).toHaveLength(11)
    expect(client.stats().dropped.refused).toBe(1000)
  })
})
