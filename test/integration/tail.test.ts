import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type EventStream, KronosClient, KronosConnectionError, KronosHTTPError } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { createHandler, type Server, type Store, serve } from '../../src/server.ts'

const POLL = { pollInterval: 5 }
const SECOND = 10_000_000n
const NOW = 17954208000000000n

let store: Store
let server: Server
let client: KronosClient

beforeEach(async () => {
  store = memoryStore()
  server = await serve({ store, port: 0 })
  client = new KronosClient(server.url, { library: false })
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.close()
})

const put = (...events: [n: number, time?: bigint][]) =>
  client.put(
    's',
    events.map(([n, time]) => ({ n, '@time': time })),
  )

/** Pulls so many events, and leaves the stream open. */
function reader(stream: EventStream<Record<string, unknown>>) {
  const events = stream[Symbol.asyncIterator]()
  const take = async (count: number) => {
    const taken: unknown[] = []
    for (let i = 0; i < count; i++) taken.push((await events.next()).value?.['n'])
    return taken
  }
  return { take, leave: () => events.return!() }
}

describe('what a tail yields', () => {
  it('is what there is from a time on, then what arrives', async () => {
    await put([1, NOW - 1n], [2, NOW], [3, NOW + 1n])
    const { take, leave } = reader(client.tail('s', { ...POLL, from: NOW }))
    expect(await take(2)).toEqual([2, 3])
    await put([4, NOW + 2n])
    expect(await take(1)).toEqual([4])
    await put([5, NOW + 3n], [6, NOW + 3n])
    expect(await take(2)).toEqual([5, 6])
    await leave()
  })

  it('is from now on, if no time is given', async () => {
    await put([1])
    const { take, leave } = reader(client.tail('s', POLL))
    await put([2])
    expect(await take(1)).toEqual([2])
    await leave()
  })

  it('has events that arrive late and out of order, once each', async () => {
    const { take, leave } = reader(client.tail('s', { ...POLL, from: 0, overlap: 10_000 }))
    await put([1, NOW])
    expect(await take(1)).toEqual([1])
    await put([2, NOW - 9n * SECOND], [3, NOW - 10n * SECOND], [4, NOW + SECOND])
    expect(await take(3)).toEqual([3, 2, 4])
    await put([5, NOW - 8n * SECOND])
    expect(await take(1)).toEqual([5])
    await leave()
  })

  it('lacks what arrives later than the overlap', async () => {
    const { take, leave } = reader(client.tail('s', { ...POLL, from: 0, overlap: 1000 }))
    await put([1, NOW])
    expect(await take(1)).toEqual([1])
    await put([2, NOW - SECOND - 1n], [3, NOW - SECOND])
    expect(await take(1)).toEqual([3])
    await put([4, NOW])
    expect(await take(1)).toEqual([4])
    await leave()
  })

  it('begins no earlier than asked, whatever the overlap', async () => {
    const { take, leave } = reader(client.tail('s', { ...POLL, from: NOW }))
    await put([1, NOW])
    expect(await take(1)).toEqual([1])
    await put([2, NOW - 1n], [3, NOW])
    expect(await take(1)).toEqual([3])
    await leave()
  })

  it.each([0, -3_600_000, 3_600_000])(
    'events in the future hide nothing and come once, with the clock here off by %d ms',
    async (skew) => {
      const real = Date.now
      const now = BigInt(real()) * 10_000n
      vi.spyOn(Date, 'now').mockImplementation(() => real() + skew)
      const { take, leave } = reader(client.tail('s', { ...POLL, from: now - SECOND }))
      await put([1, now + 36_000n * SECOND])
      expect(await take(1)).toEqual([1])
      await put([2, now])
      expect(await take(1)).toEqual([2])
      await put([3, now + 72_000n * SECOND], [4, now + 1n])
      expect(await take(2)).toEqual([4, 3])
      await put([5, now - SECOND])
      expect(await take(1)).toEqual([5])
      await leave()
    },
  )

  it('stays whole when the clock here is set back', async () => {
    const { take, leave } = reader(client.tail('s', { ...POLL, from: 0, overlap: 0 }))
    await put(...Array.from({ length: 3000 }, (_, n) => [n, NOW + BigInt(n)] as [number, bigint]))
    expect(await take(3000)).toHaveLength(3000)
    vi.spyOn(Date, 'now').mockReturnValue(Number(NOW / 10_000n))
    await put([3000, NOW + 3000n])
    expect(await take(1)).toEqual([3000])
    await leave()
  })

  it('follows the options of the call', async () => {
    await client.put('s', { '@time': NOW }, { namespace: 'other' })
    const stream = client.tail('s', { from: NOW, namespace: 'other', times: 'iso' })
    for await (const event of stream) {
      expect(event['@time']).toBe('2026-11-23T08:00:00.0000000Z')
      break
    }
    for await (const line of client.tail('s', { from: NOW, namespace: 'other' }).lines()) {
      expect(line).toContain(`"@time":${NOW}`)
      break
    }
  })
})

describe('breaks', () => {
  it('are outlasted once the server has answered', async () => {
    const { take, leave } = reader(client.tail('s', { ...POLL, from: NOW }))
    await put([1, NOW])
    expect(await take(1)).toEqual([1])
    const port = Number(new URL(server.url).port)
    await server.close()
    const next = take(1)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    store = memoryStore()
    server = await serve({ store, port })
    await put([2, NOW])
    expect(await next).toEqual([2])
    await leave()
  })

  it('of more than 10 failures in a row do not end it', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const { fetch: handle } = createHandler({ store })
    let requests = 0
    const failing = new KronosClient(async (request) => {
      const broken = ++requests > 1 && requests < 40
      return broken ? new Response(null, { status: 503 }) : handle(request)
    })
    await put([1, NOW])
    const { take, leave } = reader(failing.tail('s', { ...POLL, from: NOW }))
    expect(await take(1)).toEqual([1])
    const next = take(1)
    await vi.waitUntil(() => requests > 1)
    await put([2, NOW])
    expect(await next).toEqual([2])
    expect(requests).toBeGreaterThanOrEqual(40)
    await leave()
  })

  it('a server that was never there is reported', async () => {
    await server.close()
    const never = new KronosClient(server.url, { retry: 1 }).tail('s', POLL)
    await expect(never.toArray()).rejects.toThrow(KronosConnectionError)
    server = await serve({ store, port: 0 })
  })

  it('a refusal is reported, also later', async () => {
    const { fetch: handle } = createHandler({ store })
    let requests = 0
    const refusing = new KronosClient(async (request) =>
      ++requests === 3 ? new Response('no', { status: 403 }) : handle(request),
    )
    await expect(refusing.tail('s', POLL).toArray()).rejects.toThrow(KronosHTTPError)
    expect(requests).toBe(3)
  })
})

describe('the end', () => {
  function counting() {
    const { fetch: handle } = createHandler({ store })
    const open: AbortSignal[] = []
    const counted = new KronosClient((request) => {
      open.push(request.signal)
      return handle(request)
    })
    return { counted, open }
  }
  const pause = () => new Promise((resolve) => setTimeout(resolve, 50))

  it.each(['break', 'cancel', 'abort'])('by %s sends no request any more', async (way) => {
    const { counted, open } = counting()
    await put([1, NOW])
    const controller = new AbortController()
    const stream = counted.tail('s', { ...POLL, from: NOW, signal: controller.signal })
    const reading = (async () => {
      for await (const _ of stream) if (way === 'break') break
    })()
    await pause()
    if (way === 'cancel') stream.cancel()
    if (way === 'abort') controller.abort(new Error('enough'))
    await (way === 'abort' ? expect(reading).rejects.toThrow('enough') : reading)
    const requests = open.length
    expect(requests).toBeGreaterThan(way === 'break' ? 0 : 1)
    await pause()
    expect(open).toHaveLength(requests)
    // Each request was ended by the reader, so none holds a connection.
    expect(open.every((signal) => signal.aborted)).toBe(true)
  })

  it('of a web stream that is cancelled is the end of the polls', async () => {
    const { counted, open } = counting()
    const events = counted.tail('s', POLL).toReadableStream().getReader()
    const read = events.read()
    await pause()
    await events.cancel()
    expect((await read).done).toBe(true)
    const requests = open.length
    await pause()
    expect(open).toHaveLength(requests)
  })

  it('nothing is requested before the first pull', async () => {
    const { counted, open } = counting()
    counted.tail('s', POLL)
    await pause()
    expect(open).toEqual([])
  })
})

it('remembers no more than the overlap', async () => {
  setFlagsFromString('--expose-gc')
  const heap = () => {
    runInNewContext('gc')()
    return process.memoryUsage().heapUsed
  }
  const events = Array.from({ length: 300_000 }, (_, n) => ({ '@time': BigInt(n) * SECOND }))
  while (events.length > 0) await client.put('s', events.splice(0, 10_000))
  const { fetch: handle } = createHandler({ store })
  const stream = new KronosClient(handle).tail('s', { from: 0, pollInterval: 1 })
  const before = heap()
  let count = 0
  for await (const batch of stream.batches()) {
    count += batch.length
    // The ids alone would take 24 MB.
    if (count === 300_000) expect(heap() - before).toBeLessThan(12_000_000)
    if (count === 300_000) break
  }
})

it.each([
  [{ from: 'yesterday' }, 'from: expected an ISO 8601 date'],
  [{ overlap: -1 }, 'overlap: expected a number from 0'],
  [{ pollInterval: 0 }, 'pollInterval: expected a number from 1'],
  [{ times: 's' }, 'times: expected'],
  [{ interval: 1 }, 'options.interval: expected one of'],
])('refuses %o at once', (options, message) => {
  expect(() => client.tail('s', options as object)).toThrow(message)
  expect(() => client.tail('a b')).toThrow('stream: expected a name')
})
