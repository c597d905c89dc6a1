import { describe, expect, it } from 'vitest'
import {
  type ClientOptions,
  isKronosError,
  KronosClient,
  KronosError,
  type Transport,
} from '../../../src/index.ts'
import { makeLines } from '../../faults/read-server.ts'
import { recorder } from './recorder.ts'

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const FAST = { retry: { minDelay: 0 } }

describe('the target', () => {
  it.each([
    ['http://localhost:8151', 'http://localhost:8151/1.0/index'],
    ['http://localhost:8151/', 'http://localhost:8151/1.0/index'],
    ['https://example.com/kronos//', 'https://example.com/kronos/1.0/index'],
    [new URL('https://example.com/?q#h'), 'https://example.com/1.0/index'],
  ])('%s', async (url, expected) => {
    const seen: string[] = []
    const original = globalThis.fetch
    globalThis.fetch = async (request) => {
      seen.push((request as Request).url)
      return Response.json({ '@success': true })
    }
    try {
      await new KronosClient(url).index()
      await new KronosClient({ url, namespace: 'n' }).index()
    } finally {
      globalThis.fetch = original
    }
    expect(seen).toEqual([expected, expected])
  })

  it('may be a transport, also as an option', async () => {
    const { transport, requests } = recorder()
    await new KronosClient(transport).index()
    await new KronosClient({ url: transport }).index()
    expect(requests.map(({ url }) => url.href)).toEqual(Array(2).fill('http://kronos.local/1.0/index'))
  })
})

describe('bad options', () => {
  it.each<[unknown, unknown, string]>([
    [
      'localhost:8151',
      {},
      'url: expected an absolute http or https URL, or a transport, got "localhost:8151"',
    ],
    ['/kronos', {}, 'url: '],
    [undefined, {}, 'url: '],
    ['http://x', { namespace: 'a b' }, 'namespace: expected a name'],
    ['http://x', { namepsace: 'a' }, 'options.namepsace: expected one of namespace, '],
    ['http://x', { timeout: 0 }, 'timeout: expected a number from 1'],
    ['http://x', { timeout: '5' }, 'timeout: '],
    ['http://x', { retry: -1 }, 'retry.limit: '],
    ['http://x', { retry: { limt: 1 } }, 'retry.limt: expected one of limit, minDelay, maxDelay'],
    ['http://x', { retry: { minDelay: Number.NaN } }, 'retry.minDelay: '],
    ['http://x', { token: 5 }, 'token: expected a string or a function, got 5'],
    ['http://x', { headers: [] }, 'headers: '],
    ['http://x', { library: 'no' }, 'library: expected a boolean'],
    ['http://x', { times: 'date' }, "times: expected 'bigint', 'iso' or 'ms', got \"date\""],
    ['http://x', null, 'options: expected an object, got null'],
  ])('new KronosClient(%o, %o)', (target, options, message) => {
    const make = () => new KronosClient(target as string, options as ClientOptions)
    expect(make).toThrow(KronosError)
    expect(make).toThrow(message)
  })

  it.each<[string, (client: KronosClient) => unknown, string]>([
    ['get of a bad name', (client) => client.get('a b'), 'stream: expected a name'],
    ['get from nowhen', (client) => client.get('s', 'x'), 'start: expected an ISO 8601 date'],
    ['get to nowhen', (client) => client.get('s', 0, new Date(Number.NaN)), 'end: expected a valid date'],
    [
      'get of half an event',
      (client) => client.get('s', 0, 1, { limit: 0.5 }),
      'limit: expected an integer from 0',
    ],
    [
      'get sideways',
      (client) => client.get('s', 0, 1, { order: 'up' as never }),
      "order: expected 'ascending' or",
    ],
    [
      'get from no id',
      (client) => client.get('s', 0, 1, { startId: 'x' }),
      'startId: expected an @id, got "x"',
    ],
    [
      'get to no id',
      (client) => client.get('s', 0, 1, { endId: 7 as never }),
      'endId: expected an @id, got 7',
    ],
    ['get in odd times', (client) => client.get('s', 0, 1, { times: 'ns' as never }), 'times: '],
    [
      'get with a typo',
      (client) => client.get('s', 0, 1, { odrer: 1 } as never),
      'options.odrer: expected one of',
    ],
    [
      'get with no signal',
      (client) => client.get('s', 0, 1, { signal: {} as never }),
      'signal: expected an AbortSignal',
    ],
    [
      'streams of a bad namespace',
      (client) => client.getStreams({ namespace: '' }),
      'namespace: expected a name',
    ],
    [
      'delete without a start',
      (client) => client.delete('s', undefined, 5),
      'start: expected a bigint, Date',
    ],
    ['delete without an end', (client) => client.delete('s', 5, undefined), 'end: expected a bigint, Date'],
    ['delete of a bad name', (client) => client.delete('', 0, 5), 'stream: expected a name'],
    ['schema of a bad name', (client) => client.inferSchema(5 as never), 'stream: expected a name'],
    [
      'index with a typo',
      (client) => client.index({ timeuot: 5 } as never),
      'options.timeuot: expected one of',
    ],
  ])('%s', async (_, call, message) => {
    const { transport, requests } = recorder()
    const run = async () => call(new KronosClient(transport))
    await expect(run()).rejects.toMatchObject({
      code: 'validation',
      message: expect.stringContaining(message),
    })
    expect(requests).toHaveLength(0)
  })
})

describe('a call that fails', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('is tried three times after %d', async (status) => {
    const { transport, requests } = recorder(new Response('{"@errors":["why"]}', { status }))
    const failed = new KronosClient(transport, FAST).index()
    await expect(failed).rejects.toMatchObject({ name: 'KronosHTTPError', status, errors: ['why'] })
    expect(requests).toHaveLength(3)
  })

  it.each([400, 401, 403, 404, 405, 413])('is tried once after %d', async (status) => {
    const { transport, requests } = recorder(new Response('plain words', { status }))
    const failed = new KronosClient(transport, FAST).put('s', {})
    await expect(failed).rejects.toMatchObject({ code: 'http', status, errors: ['plain words'] })
    expect(requests).toHaveLength(1)
  })

  it('is tried as often as asked', async () => {
    const { transport, requests } = recorder(new Error('reset'))
    await expect(new KronosClient(transport, { retry: 0 }).index()).rejects.toMatchObject({
      code: 'connection',
    })
    expect(requests).toHaveLength(1)
  })

  it('says what went wrong with the connection', async () => {
    const { transport } = recorder(new TypeError('reset by peer'))
    const error = await new KronosClient(transport, FAST).index().catch((reason) => reason)
    expect(error.message).toBe('no answer from http://kronos.local: reset by peer')
    expect(error.cause).toBeInstanceOf(TypeError)
    expect(isKronosError(error)).toBe(true)
  })

  it('keeps the token out of the error', async () => {
    const { transport } = recorder(new Response('', { status: 403 }))
    const error = await new KronosClient(transport, { token: 'geheim' }).index().catch((reason) => reason)
    expect(error.cause).toBeUndefined()
  })

  it('is over after its timeout, the answer’s body included', async () => {
    const never: Transport = () => new Promise(() => {})
    const stalled: Transport = async () => new Response(new ReadableStream())
    for (const transport of [never, stalled]) {
      const client = new KronosClient(transport, { retry: 0, timeout: 20 })
      await expect(client.index()).rejects.toMatchObject({
        code: 'timeout',
        message: 'no answer within 20 ms',
      })
    }
  })

  it('rejects with the reason of its signal, also between attempts', async () => {
    const reason = new Error('changed my mind')
    const { transport, requests } = recorder(new Error('reset'))
    const abort = new AbortController()
    const failed = new KronosClient(transport).put('s', {}, { signal: abort.signal })
    setTimeout(() => abort.abort(reason), 20)
    await expect(failed).rejects.toBe(reason)
    expect(requests.length).toBeLessThan(3)
    const late = new KronosClient(transport).index({ signal: AbortSignal.abort(reason) })
    await expect(late).rejects.toBe(reason)
  })

  it('does not pass over an answer that makes no sense', async () => {
    const { transport } = recorder(new Response('<html>'))
    const error = await new KronosClient(transport).index().catch((reason) => reason)
    expect(error).toMatchObject({ code: 'response', errors: ['not an answer of a Kronos server: <html>'] })
  })
})

describe('headers', () => {
  it('carry the token of each attempt', async () => {
    const { transport, requests } = recorder(new Error('reset'), {})
    let count = 0
    const client = new KronosClient(transport, {
      ...FAST,
      headers: { 'X-A': 'b' },
      token: async () => `t${++count}`,
    })
    await client.put('s', {}).catch(() => {})
    expect(requests.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer t1', 'Bearer t2'])
    expect(requests[0]!.headers.get('x-a')).toBe('b')
  })
})

describe('times', () => {
  const [line] = makeLines([1])
  const answer = new Response(`${line}\r\n`)

  it.each([
    ['bigint', 17959104000000001n],
    ['iso', '2026-11-29T00:00:00.0000001Z'],
    ['ms', 1795910400000],
  ] as const)('%s, on the client or on a call', async (times, expected) => {
    const { transport } = recorder(answer)
    const [byClient] = await new KronosClient(transport, { times }).get('s').toArray()
    const [byCall] = await new KronosClient(transport, { times: 'ms' }).get('s', 0, 1, { times }).toArray()
    expect(byClient!['@time']).toBe(expected)
    expect(byCall!['@time']).toBe(expected)
  })
})

describe('getStreams', () => {
  it('reads names, requesting them at the first pull', async () => {
    const { transport, requests } = recorder(
      new Response('a\r\nb.c\r\n{"@end":{"count":2}}\r\n', { headers: { 'Kronos-End': '1' } }),
    )
    const streams = new KronosClient(transport).getStreams({ namespace: 'n' })
    expect(requests).toHaveLength(0)
    expect(await collect(streams)).toEqual(['a', 'b.c'])
    expect(requests[0]!.body).toBe('{"namespace":"n","end":true}')
  })

  it('takes a truncated answer for none', async () => {
    const truncated = new Response('a\r\nb', { headers: { 'Kronos-End': '1' } })
    const { transport, requests } = recorder(truncated)
    const reading = collect(new KronosClient(transport, FAST).getStreams())
    await expect(reading).rejects.toMatchObject({ code: 'connection' })
    expect(requests).toHaveLength(3)
  })

  it('tells of an error inside the answer', async () => {
    const { transport } = recorder(new Response('a\r\n{"@success":false,"@errors":["gone"]}\r\n'))
    await expect(collect(new KronosClient(transport).getStreams())).rejects.toThrow('gone')
  })
})

describe('delete', () => {
  const id = 'd1e8c001-eb87-11f1-805c-b095040549ef'

  it('asks for exact times, or ids in their place', async () => {
    const { transport, requests } = recorder({ '@success': true, features: ['end_id'] })
    const client = new KronosClient(transport)
    await client.delete('s', 1n, '2026-11-29T00:00:00.0000001Z')
    await client.delete('s', undefined, 5n, { startId: id.toUpperCase() })
    await client.delete('s', 1n, undefined, { endId: id })
    expect(requests.map(({ body }) => body)).toEqual([
      '{"namespace":"kronos","stream":"s","start_time":1,"end_time":17959104000000001}',
      `{"namespace":"kronos","stream":"s","start_id":"${id}","end_time":5}`,
      '',
      `{"namespace":"kronos","stream":"s","start_time":1,"end_time":17959104000000001,"end_id":"${id}"}`,
    ])
  })

  it('never lets a server without end_id delete up to the end of the tick', async () => {
    const { transport, requests } = recorder({ '@success': true, version: '0.6.2' })
    const failed = new KronosClient(transport).delete('s', 0, undefined, { endId: id })
    await expect(failed).rejects.toThrow('the server has no end_id')
    expect(requests.map(({ url }) => url.pathname)).toEqual(['/1.0/index'])
  })
})

it('refuses calls once it is closed', async () => {
  const { transport } = recorder()
  const client = new KronosClient(transport)
  {
    await using disposed = new KronosClient(transport)
    await disposed.index()
  }
  await client.close()
  await client.close()
  expect(() => client.get('s')).toThrow('client: expected an open client, got "a closed one"')
  await expect(client.put('s', {})).rejects.toMatchObject({ code: 'validation' })
})
