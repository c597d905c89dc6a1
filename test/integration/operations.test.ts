import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KronosClient, kronosTimeNow } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { type ServeOptions, type Store, serve } from '../../src/server.ts'

async function start(options: Partial<ServeOptions> = {}) {
  const server = await serve({ store: memoryStore(), port: 0, ...options })
  onTestFinished(() => server.close())
  return server
}

/** A server that keeps its log. */
async function startLogged(options: Partial<ServeOptions> = {}) {
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => {
    expect(line.endsWith('}\n')).toBe(true)
    lines.push(JSON.parse(line))
  }
  return { lines, ...(await start({ ...options, log: { level: 'debug', ...options.log, write } })) }
}

const failing: Store = {
  ...memoryStore(),
  insert: () => Promise.reject(new Error('disk full')),
  // biome-ignore lint/correctness/useYield: it fails before there is anything to yield
  async *retrieve() {
    throw new Error('disk gone')
  },
}

describe('metrics', () => {
  const read = async (url: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/metrics`, { headers })
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      text: await response.text(),
    }
  }

  test('count requests, their time, events and bytes', async () => {
    const { url } = await start()
    const client = new KronosClient(url)
    await client.put('s', [{ '@time': 1n }, { '@time': 2n }, { '@time': 3n }])
    await client.get('s').toArray()
    await client.delete('s', 1n, 1n)
    await fetch(`${url}/no/such/path`)
    await fetch(`${url}/no/such/path/again`)
    const { status, type, text } = await read(url)
    expect(status).toBe(200)
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/)
    for (const line of [
      'kronos_requests_total{call="/1.0/events/put",status="200"} 1',
      'kronos_requests_total{call="/1.0/events/get",status="200"} 1',
      'kronos_requests_total{call="other",status="404"} 2',
      'kronos_request_duration_seconds_count{call="/1.0/events/put"} 1',
      'kronos_request_duration_seconds_bucket{le="+Inf",call="/1.0/events/get"} 1',
      'kronos_events_total{call="put"} 3',
      'kronos_events_total{call="got"} 3',
      'kronos_events_total{call="deleted"} 1',
      'kronos_requests_in_work 1',
    ]) {
      expect(text).toContain(`${line}\n`)
    }
    const bytes = /^kronos_bytes_total\{direction="received"\} (\d+)$/m.exec(text)
    expect(Number(bytes![1])).toBeGreaterThan(500)
    expect(text).not.toContain('no/such')
  })

  test('want a token where tokens are set, and not a collector’s', async () => {
    const tokens = [{ token: 'admin' }, { token: 'page', mode: 'collector' } as const]
    for (const mode of ['all', 'collector'] as const) {
      const { url } = await start({ tokens, mode })
      expect((await read(url)).status).toBe(401)
      expect((await read(`${url}`, { Authorization: 'Bearer page' })).status).toBe(403)
      expect((await read(url, { Authorization: 'Bearer admin' })).status).toBe(200)
      expect((await fetch(`${url}/metrics?token=page`)).status).toBe(401)
    }
    expect((await read((await start({ mode: 'collector' })).url)).status).toBe(403)
  })
})

describe('the log', () => {
  test('has a line a request, without token or body', async () => {
    const { lines, url } = await startLogged({ tokens: [{ token: 'geheim', mode: 'collector' }] })
    await fetch(`${url}/1.0/events/put?token=geheim`, {
      method: 'POST',
      body: '{"events":{"stream":[{"field":"word"},{"field":"wort"}]}}',
    })
    await fetch(`${url}/healthz`)
    await fetch(`${url}/1.0/index`)
    await expect.poll(() => lines.length).toBe(3)
    expect(lines).toMatchObject([
      { level: 'info', method: 'POST', path: '/1.0/events/put', status: 200, put: 2 },
      { level: 'debug', method: 'GET', path: '/healthz', status: 200 },
      { level: 'warn', method: 'GET', path: '/1.0/index', status: 401 },
    ])
    for (const { time, ms, bytesIn, bytesOut } of lines) {
      expect(Date.parse(String(time))).toBeGreaterThan(Date.now() - 60_000)
      expect(Math.min(Number(ms), Number(bytesIn), Number(bytesOut))).toBeGreaterThan(0)
    }
    expect(JSON.stringify(lines)).not.toMatch(/geheim|word|wort|"stream"/)
  })

  test('says why this side failed, and at its level nothing less grave', async () => {
    const { lines, url } = await startLogged({ store: failing, log: { level: 'error', write() {} } })
    const call = (path: string, body: string) => fetch(url + path, { method: 'POST', body })
    expect((await call('/1.0/events/put', '{"events":{"s":[{}]}}')).status).toBe(503)
    expect((await call('/1.0/events/get', '{"stream":"s","end_time":1}')).status).toBe(503)
    await call('/1.0/events/put', 'nonsense')
    await fetch(`${url}/1.0/index`)
    await expect.poll(() => lines.length).toBe(2)
    expect(lines.map(({ level }) => level)).toEqual(['error', 'error'])
    expect(lines.map(({ error }) => error)).toEqual([
      'the store memory failed: disk full',
      'the store memory failed: disk gone',
    ])
  })

  test('options that make no sense are refused by name', async () => {
    const write = () => {}
    const options = (log: unknown) => ({ store: memoryStore(), port: 0, log }) as ServeOptions
    await expect(serve(options({ level: 'loud', write }))).rejects.toThrow('options.log.level')
    await expect(serve(options({}))).rejects.toThrow('options.log.write')
    for (const name of ['maxRequests', 'headersTimeout', 'requestTimeout', 'closeTimeout', 'retain']) {
      await expect(serve({ store: memoryStore(), port: 0, [name]: 0 })).rejects.toThrow(`options.${name}`)
    }
  })
})

test('close cuts off what is not at its end by its deadline', async () => {
  const store: Store = { ...memoryStore(), insert: () => new Promise(() => {}) }
  const server = await serve({ store, port: 0, closeTimeout: 200 })
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  const body = '{"events":{"s":[{}]}}'
  socket.write(
    `POST /1.0/events/put HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  await once(socket, 'connect')
  const gone = once(socket, 'close')
  await new Promise((resolve) => setTimeout(resolve, 50))
  await server.close()
  await gone
})

test('what is older than is to be retained is deleted, in small steps, and nothing else', async () => {
  const store = memoryStore()
  const deleted: number[] = []
  const counted: Store = {
    ...store,
    async delete(query) {
      const count = await store.delete(query)
      deleted.push(count)
      return count
    },
  }
  const { url } = await start({ store: counted, retain: 3_600_000 })
  const now = kronosTimeNow()
  const hour = 36_000_000_000n
  const old = Array.from({ length: 4500 }, (_, n) => ({ '@time': now - hour - BigInt(n + 1) }))
  const kept = [{ '@time': now - hour + 600_000_000n }, { '@time': now }, { '@time': now + hour }]
  const client = new KronosClient(url)
  // The first round has found nothing; the next comes in a minute, or with the server's next start.
  await client.put({ a: [...old, ...kept], b: old.slice(0, 1000), c: kept })
  const { url: second } = await start({ store: counted, retain: 3_600_000 })
  await expect.poll(() => deleted.reduce((sum, count) => sum + count, 0)).toBe(5500)
  expect(Math.max(...deleted)).toBeLessThanOrEqual(1000)
  const left = await new KronosClient(second).get('a').toArray()
  expect(left.map((event) => event['@time'])).toEqual(kept.map((event) => event['@time']))
  expect(await client.get('c').toArray()).toHaveLength(3)
  const streams: string[] = []
  for await (const stream of client.getStreams()) streams.push(stream)
  expect(streams).toEqual(['a', 'c'])
})
