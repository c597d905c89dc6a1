import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type ClientOptions, KronosClient, rawEvent, type UndeliveredEvent } from '../../../src/index.ts'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler } from '../../../src/server.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

type Answer = (request: Request) => Response | Promise<Response>

/** A real server; requests that have an answer of their own don't reach it. */
function setUp(options: ClientOptions<'bigint', false> = {}, answers: Answer[] = []) {
  const handle = createHandler({ store: memoryStore() }).fetch
  const bodies: Record<string, Record<string, unknown[]>>[] = []
  const urls: string[] = []
  const told: [message: string, events: readonly UndeliveredEvent[]][] = []
  const transport = async (request: Request) => {
    urls.push(request.url)
    bodies.push(JSON.parse(await request.clone().text()))
    const answer = answers.shift()
    return answer ? answer(request) : handle(request)
  }
  const client = new KronosClient(transport, {
    library: false,
    flushInterval: 1,
    retry: { minDelay: 1, maxDelay: 2 },
    onError: (error, events) => void told.push([error.message, events]),
    ...options,
    blocking: false,
  })
  onTestFinished(() => void client.close({ timeout: 0 }))
  const stored = async (stream = 's') =>
    (await new KronosClient(handle).get(stream).toArray()).map((event) => event['n'])
  return { client, bodies, urls, told, stored }
}

const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  () =>
    Response.json(
      { '@success': false, '@errors': [`status ${code}`], '@took': '0ms' },
      { status: code, headers },
    )

const hang: Answer = (request) =>
  new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason)))

describe('put', () => {
  it('takes a snapshot and returns nothing, at once', async () => {
    const { client, stored, bodies } = setUp()
    const event = { n: 1, deep: { a: 1 } }
    expect(client.put('s', event)).toBeUndefined()
    event.n = 2
    event.deep.a = 2
    client.put({ s: [{ n: 3 }, rawEvent('{"n":1.0}')], t: [{ n: 4 }] })
    expect(bodies).toHaveLength(0)
    expect(await client.flush()).toEqual({ queued: 0, dropped: 0 })
    expect(bodies).toMatchObject([{ events: { s: [{ n: 1, deep: { a: 1 } }, { n: 3 }, {}], t: [{ n: 4 }] } }])
    expect(await stored()).toEqual([1, 3, 1])
  })

  it.each<[string, (client: KronosClient<never, 'bigint', false>) => void, string]>([
    ['a stream name', (client) => client.put('no name' as never, {} as never), 'stream: expected a name'],
    ['no event', (client) => client.put('s' as never, 5 as never), 'event: expected an object, got 5'],
    [
      'an event of many',
      (client) => client.put('s' as never, [{}, null] as never),
      'events[1]: expected an object',
    ],
    [
      'a namespace',
      (client) => client.put('s' as never, {} as never, { namespace: '' }),
      'namespace: expected',
    ],
    [
      'an option',
      (client) => client.put('s' as never, {} as never, { nonsense: 1 } as never),
      'options.nonsense',
    ],
  ])('throws for wrong arguments: %s, and takes nothing', (_, put, message) => {
    const { client } = setUp()
    expect(() => put(client as never)).toThrow(message)
    expect(client.stats().accepted).toBe(0)
  })

  it('tells of an event whose content can not be sent, and sends the others', async () => {
    const { client, told, stored } = setUp()
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    const throwing = {
      get n(): never {
        throw new Error('a getter that throws')
      },
    }
    client.put('s', [{ n: 1 }, cycle, throwing, { x: Number.NaN }, { '@time': 'yesterday' }, { n: 2 }])
    expect(await client.flush()).toEqual({ queued: 0, dropped: 0 })
    expect(await stored()).toEqual([1, 2])
    expect(told.map(([message]) => message)).toEqual([
      expect.stringContaining('1 not delivered: invalid: events[1].self: expected no cycle'),
      expect.stringContaining('events[2]'),
      expect.stringContaining('events[3].x: expected a finite number'),
      expect.stringContaining('events[4].@time'),
    ])
    expect(told[0]![1]).toEqual([{ namespace: 'kronos', stream: 's' }])
    expect(client.stats()).toMatchObject({ accepted: 6, delivered: 2, dropped: { invalid: 4 } })
  })

  it('keeps namespaces apart', async () => {
    const { client, bodies } = setUp()
    client.put('s', { n: 1 })
    client.put('s', { n: 2 }, { namespace: 'other' })
    client.put('s', { n: 3 })
    await client.flush()
    expect(bodies.map(({ namespace, events }) => [namespace, events!['s']!.length])).toEqual([
      ['kronos', 2],
      ['other', 1],
    ])
  })
})

describe('batches', () => {
  it('go when they have enough events, or bytes of UTF-8, or after a time', async () => {
    const byCount = setUp({ maxBatchEvents: 3, flushInterval: 1e6 })
    for (let n = 0; n < 7; n++) byCount.client.put('s', { n })
    await expect.poll(() => byCount.client.stats().delivered).toBe(6)
    expect(byCount.bodies.map(({ events, index }) => [events!['s']!.length, index!['s']])).toEqual([
      [3, 0],
      [3, 0],
    ])

    const byBytes = setUp({ maxBatchBytes: 1000, flushInterval: 1e6 })
    for (let n = 0; n < 20; n++) byBytes.client.put(`s${n % 3}`, { n, text: '€'.repeat(50) })
    await byBytes.client.flush()
    expect(byBytes.bodies).toHaveLength(5)
    for (const body of byBytes.bodies)
      expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(1000)

    const byTime = setUp({ flushInterval: 20 })
    byTime.client.put('s', { n: 1 })
    await expect.poll(() => byTime.client.stats().delivered).toBe(1)
  })

  it('have one event that is larger than any batch by itself', async () => {
    const { client, bodies } = setUp({ maxBatchBytes: 200 })
    client.put('s', [{ n: 1 }, { n: 2, text: 'x'.repeat(500) }, { n: 3 }])
    await client.flush()
    expect(bodies.map(({ events }) => events!['s']!.length)).toEqual([1, 1, 1])
  })

  it('are on their way one at a time', async () => {
    let open = 0
    let most = 0
    const slow: Answer = async () => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setTimeout(resolve, 5))
      open--
      return Response.json({ '@success': true, '@took': '0ms' })
    }
    const { client } = setUp(
      { maxBatchEvents: 1 },
      Array.from({ length: 5 }, () => slow),
    )
    client.put('s', [{}, {}, {}, {}, {}])
    await client.flush()
    expect(most).toBe(1)
  })
})

describe('beforeSend', () => {
  it('changes an event, or drops it, without changing the one that was put', async () => {
    const { client, stored, told } = setUp({
      beforeSend: (event, stream) => {
        if ('secret' in event) return null
        return Object.assign(event, { n: `${stream} scrubbed` })
      },
    })
    const event = { n: 1 }
    client.put('s', [event, { secret: true }])
    await client.flush()
    expect(event).toEqual({ n: 1 })
    expect(await stored()).toEqual(['s scrubbed'])
    expect(client.stats()).toMatchObject({ accepted: 2, delivered: 1, dropped: { filtered: 1 } })
    expect(told).toEqual([])
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('a hook that fails')
      },
    ],
    ['returns nothing', () => undefined],
    ['returns a promise', async () => ({})],
  ])('that %s keeps its event from being sent, and is told of', async (_, beforeSend) => {
    const { client, told, urls } = setUp({ beforeSend: beforeSend as () => null })
    client.put('s', { n: 1 })
    expect(await client.flush()).toMatchObject({ queued: 0 })
    expect(urls).toEqual([])
    expect(told).toHaveLength(1)
    expect(client.stats().dropped.invalid).toBe(1)
  })
})

describe('a queue that is full', () => {
  const options = { maxQueueBytes: 100, flushInterval: 1e6 }

  it('drops the oldest events, one by one', async () => {
    const { client, told, stored } = setUp(options)
    for (let n = 0; n < 10; n++) client.put('s', { '@time': 1n, n })
    expect(client.stats()).toMatchObject({
      accepted: 10,
      queued: 5,
      queuedBytes: 85,
      dropped: { overflow: 5 },
    })
    expect(told.map(([, events]) => events[0]!.text)).toEqual(
      [0, 1, 2, 3, 4].map((n) => `{"@time":1,"n":${n}}`),
    )
    await client.flush()
    expect(await stored()).toEqual([5, 6, 7, 8, 9])
  })

  it('drops an event that has no room in it at all', async () => {
    const { client, stored } = setUp(options)
    client.put('s', [{ n: 1 }, { n: 2, text: 'x'.repeat(200) }])
    await client.flush()
    expect(await stored()).toEqual([1])
    expect(client.stats().dropped.overflow).toBe(1)
  })

  it('keeps what is on its way', async () => {
    const { client, stored } = setUp({ ...options, maxBatchEvents: 5 }, [hang])
    for (let n = 0; n < 5; n++) client.put('s', { '@time': 1n, n })
    await new Promise((resolve) => setTimeout(resolve, 10))
    client.put('s', { '@time': 1n, n: 5 })
    expect(client.stats()).toMatchObject({ queued: 5, dropped: { overflow: 1 } })
    expect(await client.close({ timeout: 10 })).toEqual({ queued: 0, dropped: 5 })
    expect(await stored()).toEqual([])
  })

  it('makes put throw where that is wanted, and takes nothing of it', async () => {
    const { client, stored } = setUp({ ...options, overflow: 'throw' })
    client.put('s', { '@time': 1n, n: 0 })
    const many = Array.from({ length: 6 }, (_, n) => ({ '@time': 1n, n }))
    expect(() => client.put('s', many)).toThrow(
      expect.objectContaining({ code: 'delivery', reason: 'overflow' }),
    )
    expect(client.stats()).toMatchObject({ accepted: 1, queued: 1 })
    await client.flush()
    expect(await stored()).toEqual([0])
  })
})

describe('answers', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 599])('%d is tried again, with the same key', async (code) => {
    const { client, urls, stored, told } = setUp({}, [status(code), status(code)])
    client.put('s', { n: 1 })
    expect(await client.flush()).toEqual({ queued: 0, dropped: 0 })
    expect(urls).toHaveLength(3)
    expect(new Set(urls).size).toBe(1)
    expect(await stored()).toEqual([1])
    expect(told).toEqual([])
  })

  it.each([401, 403])('%d holds everything, is told of once, and drops nothing', async (code) => {
    const { client, told, stored } = setUp({ retry: { limit: 1, minDelay: 1, maxDelay: 1 } }, [
      status(code),
      status(code),
      status(code),
    ])
    client.put('s', { n: 1 })
    expect(await client.flush()).toEqual({ queued: 0, dropped: 0 })
    expect(told).toEqual([[expect.stringContaining(`${code}`), []]])
    expect(await stored()).toEqual([1])
  })

  it.each([404, 405, 410, 422])('%d is final', async (code) => {
    const { client, urls, told } = setUp({}, [status(code)])
    client.put('s', [{ n: 1 }, { n: 2 }])
    expect(await client.flush()).toEqual({ queued: 0, dropped: 2 })
    expect(urls).toHaveLength(1)
    expect(told[0]![0]).toBe(`2 not delivered: refused: the server answered ${code}: status ${code}`)
    expect(told[0]![1].map(({ text }) => JSON.parse(text!).n)).toEqual([1, 2])
  })

  it('Retry-After is waited for, and no flush() cuts it short', async () => {
    const { client, urls } = setUp({}, [status(429, { 'Retry-After': '0.2' })])
    const start = performance.now()
    client.put('s', { n: 1 })
    await client.flush({ timeout: 50 })
    await client.flush()
    expect(performance.now() - start).toBeGreaterThan(195)
    expect(urls).toHaveLength(2)
  })

  it('retry.limit gives up', async () => {
    const { client, urls, told } = setUp(
      { retry: { limit: 2, minDelay: 1 } },
      Array.from({ length: 9 }, () => status(500)),
    )
    client.put('s', { n: 1 })
    expect(await client.flush()).toEqual({ queued: 0, dropped: 1 })
    expect(urls).toHaveLength(3)
    expect(told[0]![0]).toContain('1 not delivered: exhausted: the server answered 500')
  })

  it('events that the server rejects are told of by name, the others are delivered', async () => {
    const { client, told, stored } = setUp()
    client.put('s', [rawEvent('{"@time":"x","n":1}'), { n: 2 }, rawEvent('{"@time":1.5,"n":3}')])
    expect(await client.flush()).toEqual({ queued: 0, dropped: 2 })
    expect(told).toHaveLength(1)
    expect(told[0]![1].map(({ text }) => JSON.parse(text!).n)).toEqual([1, 3])
    expect(await stored()).toEqual([2])
    expect(client.stats()).toMatchObject({ delivered: 1, dropped: { rejected: 2 } })
  })

  it('of an original server, which names no event: as many count as were not stored', async () => {
    const answer = {
      s: { memory: { num_inserted: 1 } },
      '@success': false,
      '@errors': ['bad'],
      '@took': '0ms',
    }
    const { client } = setUp({}, [() => Response.json(answer)])
    client.put('s', [{}, {}, {}])
    expect(await client.flush()).toEqual({ queued: 0, dropped: 2 })
    expect(client.stats()).toMatchObject({ delivered: 1, dropped: { rejected: 2 } })
  })
})

describe('flush and close', () => {
  it('flush says what still waits, or rejects with the reason of its signal', async () => {
    const { client } = setUp({}, [hang])
    client.put('s', [{}, {}])
    expect(await client.flush({ timeout: 20 })).toEqual({ queued: 2, dropped: 0 })
    const reason = new Error('enough')
    await expect(client.flush({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(await client.close({ timeout: 1 })).toEqual({ queued: 0, dropped: 2 })
  })

  it('flush does not wait for what is put after it', async () => {
    const { client, bodies } = setUp({ flushInterval: 1e6 })
    client.put('s', { n: 1 })
    const flushed = client.flush()
    await Promise.resolve()
    client.put('s', { n: 2 })
    expect(await flushed).toEqual({ queued: 0, dropped: 0 })
    expect(bodies.length).toBeLessThanOrEqual(2)
  })

  it.each<[object, string]>([
    [{ timeout: -1 }, 'timeout: expected a number from 0'],
    [{ timeout: '1' }, 'timeout'],
    [{ signal: 1 }, 'signal: expected an AbortSignal'],
    [{ timout: 1 }, 'options.timout'],
  ])('flush and close refuse %j', async (options, message) => {
    const { client } = setUp()
    await expect(client.flush(options)).rejects.toThrow(message)
    await expect(client.close(options)).rejects.toThrow('signal' in options ? 'options.signal' : message)
    expect(client.put('s', {})).toBeUndefined()
  })

  it('close delivers, frees the client, and says the same again', async () => {
    const { client, stored } = setUp({ flushInterval: 1e6 })
    client.put('s', { n: 1 })
    expect(await client.close()).toEqual({ queued: 0, dropped: 0 })
    expect(await client.close()).toEqual({ queued: 0, dropped: 0 })
    expect(await stored()).toEqual([1])
    expect(() => client.put('s', { n: 2 })).toThrow('client: expected an open client')
    expect(process.listenerCount('beforeExit')).toBe(0)
  })

  it('a blocking client has nothing to wait for', async () => {
    const client = new KronosClient(async () => Response.json({}))
    expect(await client.flush()).toEqual({ queued: 0, dropped: 0 })
    expect(client.stats()).toMatchObject({ accepted: 0, queued: 0 })
    expect(await client.close()).toEqual({ queued: 0, dropped: 0 })
  })
})

describe('onError', () => {
  it('warns once on the console by default', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const client = new KronosClient(async () => Response.json({}), { blocking: false })
    client.put('s', [{ n: Number.NaN }, { n: Number.NaN }])
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]![0]).toMatchObject({ code: 'delivery', reason: 'invalid' })
    await client.close()
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('a hook that fails')
      },
    ],
    ['rejects', () => Promise.reject(new Error('a hook that fails'))],
  ])('that %s harms nobody', async (_, onError) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { client, stored } = setUp({ onError: onError as () => void })
    client.put('s', [{ n: 1 }, { n: Number.NaN }])
    await client.flush()
    expect(await stored()).toEqual([1])
    expect(warn).toHaveBeenCalledTimes(1)
  })
})

it.each<[ClientOptions, string]>([
  [{ flushInterval: -1 }, 'flushInterval: expected a number from 0'],
  [{ maxBatchEvents: 0 }, 'maxBatchEvents: expected a number from 1'],
  [{ maxBatchBytes: Number.NaN }, 'maxBatchBytes'],
  [{ maxQueueBytes: '1' as never }, 'maxQueueBytes'],
  [{ overflow: 'ignore' as never }, "overflow: expected 'drop' or 'throw'"],
  [{ queue: {} as never }, 'queue: expected a durable queue'],
  [{ onError: 'x' as never }, 'onError: expected a function'],
  [{ beacon: 1 as never }, 'beacon: expected a function'],
  [{ beforeSend: 1 as never }, 'beforeSend: expected a function'],
  [{ retry: { limit: -1 } }, 'retry.limit'],
])('refuses %j', (options, message) => {
  expect(() => new KronosClient('http://localhost', { ...options, blocking: false })).toThrow(message)
  expect(process.listenerCount('beforeExit')).toBe(0)
})
