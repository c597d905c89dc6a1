import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type GetOptions, KronosClient } from '../../src/index.ts'
import { type Dialect, type Fault, makeLines, type ReadServer, startReadServer } from './read-server.ts'

const LINES = makeLines([1, 1, 3, 1, 6, 1])
const BYTES = Buffer.byteLength(LINES.join('\r\n'))
const TEXTS = LINES.map((line) => JSON.parse(line).text)

beforeEach(() => {
  // Waits have full jitter; this picks the shortest.
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.restoreAllMocks()
})

async function withServer<T>(
  dialect: Dialect,
  run: (server: ReadServer) => Promise<T>,
  lines = LINES,
): Promise<T> {
  const server = await startReadServer(lines, dialect)
  try {
    return await run(server)
  } finally {
    await server.close()
  }
}

async function read(server: ReadServer, options: GetOptions = {}): Promise<string[]> {
  const client = new KronosClient(server.url, { timeout: 150 })
  const texts: string[] = []
  for await (const event of client.get('s', 0, undefined, options)) texts.push(event['text'] as string)
  return texts
}

function expected({ order = 'ascending', limit = TEXTS.length }: GetOptions): string[] {
  return (order === 'ascending' ? TEXTS : TEXTS.toReversed()).slice(0, limit)
}

const READS: GetOptions[] = [{}, { order: 'descending' }, { limit: 7 }, { order: 'descending', limit: 7 }]

describe.each<Dialect>(['ours', 'original'])('get from %s', (dialect) => {
  it.each(READS)('gives everything once, %o', (options) =>
    withServer(dialect, async (server) => {
      expect(await read(server, options)).toEqual(expected(options))
      expect(server.requests).toHaveLength(1)
    }),
  )

  it.each(READS)('goes on after a cut at any byte, %o', (options) =>
    withServer(dialect, async (server) => {
      for (let at = 0; at <= BYTES; at += 13) {
        server.faults.push({ kind: 'cut', at })
        expect(await read(server, options), `cut at ${at}`).toEqual(expected(options))
        server.faults.length = 0
      }
    }),
  )

  it.each(READS)('goes on after cuts all along one read, %o', (options) =>
    withServer(dialect, async (server) => {
      // Descending an original gives a whole tick again, of which there are six events at most.
      const lines = dialect === 'original' && options.order === 'descending' ? 7.5 : 1.5
      const at = Math.floor(Buffer.byteLength(LINES[0]!) * lines)
      const wanted = expected(options)
      const cuts = lines > 2 ? 2 : wanted.length - 1
      server.faults.push(...Array.from({ length: cuts }, (): Fault => ({ kind: 'cut', at })))
      expect(await read(server, options)).toEqual(wanted)
      expect(server.requests.length).toBeGreaterThan(Math.min(cuts, wanted.length / lines) - 1)
    }),
  )

  it.each<Fault>([
    { kind: 'stall', at: 0 },
    { kind: 'stall', at: 300 },
    { kind: 'error-line', at: 0 },
    { kind: 'error-line', at: 300 },
    { kind: 'truncate', at: 300 },
    { kind: 'refuse' },
    { kind: 503 },
    { kind: 429 },
  ])('goes on after $kind at $at', (fault) =>
    withServer(dialect, async (server) => {
      for (const options of READS) {
        server.faults.push(fault)
        expect(await read(server, options)).toEqual(expected(options))
        expect(server.faults).toHaveLength(0)
      }
    }),
  )

  it.each<GetOptions['order']>(['ascending', 'descending'])('leaves out endId itself, %s', (order) =>
    withServer(dialect, async (server) => {
      const id = JSON.parse(LINES[8]!)['@id']
      const before = TEXTS.slice(0, 8)
      for (const limit of [undefined, 3]) {
        server.faults.push({ kind: 'cut', at: 400 })
        const whole = order === 'ascending' ? before : before.toReversed()
        expect(await read(server, { endId: id, order, limit })).toEqual(whole.slice(0, limit))
      }
    }),
  )

  it('yields the text as stored by lines()', () =>
    withServer(dialect, async (server) => {
      server.faults.push({ kind: 'cut', at: 400 })
      const lines: string[] = []
      for await (const line of new KronosClient(server.url).get('s').lines()) lines.push(line)
      expect(lines).toEqual(LINES)
    }))
})

describe('an answer whose end is announced', () => {
  it('is not whole without it, even cut between two lines', () =>
    withServer('ours', async (server) => {
      const twoLines = Buffer.byteLength(`${LINES[0]}\r\n${LINES[1]}\r\n`)
      server.faults.push({ kind: 'truncate', at: twoLines })
      expect(await read(server)).toEqual(TEXTS)
      expect(server.requests).toHaveLength(2)
    }))
})

it('takes every digit of the time', () =>
  withServer('ours', async (server) => {
    const events = await new KronosClient(server.url).get('s').toArray()
    const times = LINES.map((line) => BigInt(/"@time":(\d+)/.exec(line)![1]!))
    expect(events.map((event) => event['@time'])).toEqual(times)
  }))

it('says so after 10 failures in a row without a new event, and with what they were', () =>
  withServer('ours', async (server) => {
    server.faults.push({ kind: 'cut', at: 300 }, ...Array.from({ length: 10 }, (): Fault => ({ kind: 503 })))
    const texts: unknown[] = []
    const reading = async () => {
      for await (const event of new KronosClient(server.url).get('s')) texts.push(event['text'])
    }
    const error = await reading().catch((reason) => reason)
    expect(error).toMatchObject({
      code: 'connection',
      message: expect.stringContaining('10 failures in a row'),
    })
    expect(error.cause.errors).toHaveLength(10)
    expect(error.cause.errors[9]).toMatchObject({ code: 'http', status: 503, errors: ['not now'] })
    expect(texts).toEqual(TEXTS.slice(0, texts.length))
  }))

it('counts failures anew after each event', () =>
  withServer('ours', async (server) => {
    const cut: Fault = { kind: 'cut', at: Math.floor(Buffer.byteLength(LINES[0]!) * 1.5) }
    for (let i = 0; i < 6; i++) server.faults.push(cut, { kind: 503 }, { kind: 503 })
    expect(await read(server)).toEqual(TEXTS)
  }))

it('says soon that no server is there', async () => {
  const server = await startReadServer([], 'ours')
  await server.close()
  const error = await read(server).catch((reason) => reason)
  expect(error).toMatchObject({ code: 'connection', cause: { errors: { length: 3 } } })
})

it('does not try again what the server refuses', () =>
  withServer('ours', async (server) => {
    server.faults.push({ kind: 400 as 503 })
    await expect(read(server)).rejects.toMatchObject({ code: 'http', status: 400, errors: ['not now'] })
    expect(server.requests).toHaveLength(1)
  }))

it('does not pass over events that are missing inside an answer', () =>
  withServer('ours', async (server) => {
    const transport = async (request: Request) => {
      const response = await fetch(request)
      const lines = (await response.text()).split('\r\n')
      return new Response([...lines.slice(0, 2), ...lines.slice(3)].join('\r\n'), response)
    }
    await expect(new KronosClient(transport).get('s').toArray()).rejects.toMatchObject({ code: 'connection' })
    const rewritten = (request: Request) =>
      transport(new Request(server.url + new URL(request.url).pathname, request))
    await expect(new KronosClient(rewritten).get('s').toArray()).rejects.toThrow('12 events came of 13')
  }))

describe('a reader that stops', () => {
  const many = makeLines(Array.from({ length: 5000 }, () => 1))

  it.each<[string, (client: KronosClient) => Promise<unknown>]>([
    [
      'by leaving the loop',
      async (client) => {
        for await (const _ of client.get('s')) break
      },
    ],
    [
      'by cancel()',
      async (client) => {
        const stream = client.get('s')
        for await (const _ of stream) stream.cancel()
      },
    ],
    [
      'by cancelling the web stream',
      async (client) => {
        const reader = client.get('s').toReadableStream().getReader()
        await reader.read()
        await reader.cancel()
      },
    ],
    [
      'by a signal',
      async (client) => {
        const abort = new AbortController()
        const reason = new Error('enough')
        const reading = async () => {
          for await (const _ of client.get('s', 0, undefined, { signal: abort.signal })) abort.abort(reason)
        }
        await expect(reading()).rejects.toBe(reason)
      },
    ],
  ])('frees the connection %s', (_, stop) =>
    withServer(
      'ours',
      async (server) => {
        server.faults.push({ kind: 'stall', at: 10_000 })
        await stop(new KronosClient(server.url))
        await vi.waitFor(() => expect(server.unfinished.size).toBe(0))
      },
      many,
    ),
  )

  it('requests nothing before the first pull', () =>
    withServer('ours', async (server) => {
      const stream = new KronosClient(server.url).get('s')
      stream.cancel()
      expect(await stream.toArray()).toEqual([])
      expect(server.requests).toHaveLength(0)
    }))

  it('is told when the signal aborts during a wait', () =>
    withServer('ours', async (server) => {
      vi.mocked(Math.random).mockReturnValue(0.99)
      server.faults.push({ kind: 503 }, { kind: 503 }, { kind: 503 }, { kind: 503 })
      const signal = AbortSignal.timeout(250)
      const error = await read(server, { signal }).catch((reason) => reason)
      expect(error).toBe(signal.reason)
    }))
})

it('is read once', () =>
  withServer('ours', async (server) => {
    const stream = new KronosClient(server.url).get('s')
    await stream.toArray()
    expect(() => stream.lines()).toThrow(/read once/)
  }))

it('gives calls of next() that do not wait for each other their turns', () =>
  withServer('ours', async (server) => {
    const events = new KronosClient(server.url).get('s')[Symbol.asyncIterator]()
    const results = await Promise.all(Array.from({ length: LINES.length + 2 }, () => events.next()))
    expect(results.map(({ value }) => value?.['text'])).toEqual([...TEXTS, undefined, undefined])
  }))
