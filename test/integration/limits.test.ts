import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { memoryStore } from '../../src/memory.ts'
import { type ServeOptions, type Server, type Store, serve } from '../../src/server.ts'
import { sendRaw } from './raw-http.ts'

const PUT = '/1.0/events/put'
const MIB = 1024 * 1024

async function start(options: Partial<ServeOptions> = {}): Promise<Server> {
  const server = await serve({ store: memoryStore(), port: 0, ...options })
  onTestFinished(() => server.close())
  return server
}

/** A store whose inserts wait to be let go. */
function heldStore() {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  return { store: { ...memoryStore(), insert: () => held } satisfies Store, release }
}

async function connectTo({ url }: Server): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'connect')
  return socket
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}

async function inWork({ url }: Server): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^kronos_requests_in_work (\d+)$/m.exec(text)![1])
}

const put = (url: string, body = '{"events":{"s":[{"@time":1}]}}', headers: Record<string, string> = {}) =>
  fetch(url + PUT, { method: 'POST', body, headers })

describe('requests in work', () => {
  test('past their bound are 503 with Retry-After, also to a page, and the rest go on', async () => {
    const { store, release } = heldStore()
    const server = await start({ store, maxRequests: 3, cors: { origins: ['https://a.test'] } })
    const held = [1, 2, 3].map(() => put(server.url))
    await expect.poll(() => inWork(server)).toBe(4)
    const refused = await put(server.url, undefined, { Origin: 'https://a.test' })
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(refused.headers.get('access-control-allow-origin')).toBe('https://a.test')
    expect(await refused.json()).toMatchObject({ '@success': false, '@errors': [expect.any(String)] })
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    release()
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await put(server.url)).status).toBe(200)
  })

  test('whose clients vanish are out of work, in each part of a request', async () => {
    const { store, release } = heldStore()
    onTestFinished(release)
    const line = `{"@id":"${'x'.repeat(1000)}"}\r\n`
    let ended = 0
    async function* retrieve() {
      try {
        for (;;) yield line.repeat(1000)
      } finally {
        ended++
      }
    }
    const server = await start({ store: { ...store, retrieve } })
    const head = (path: string, length: number) =>
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`
    const get = '{"stream":"s","end_time":1}'
    const whole = '{"events":{"s":[{"@time":1}]}}'
    for (const sent of [
      head(PUT, 10 * MIB) + ' '.repeat(1000),
      head(PUT, whole.length) + whole,
      head('/1.0/events/get', get.length) + get,
    ]) {
      const socket = await connectTo(server)
      socket.write(sent)
      await expect.poll(() => inWork(server)).toBe(2)
      socket.destroy()
      await expect.poll(() => inWork(server)).toBe(1)
    }
    await vi.waitFor(() => expect(ended).toBe(1))
  })
})

describe('who is slow', () => {
  test('with the head of a request, or its body, is answered 408 and cut off', async () => {
    const server = await start({ headersTimeout: 200, requestTimeout: 400 })
    for (const head of [
      'POST /1.0/ev',
      `POST ${PUT} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{`,
    ]) {
      const socket = await connectTo(server)
      socket.write(head)
      // A byte now and then, which is no excuse.
      const drip = setInterval(() => socket.writable && socket.write(' '), 50)
      const answer = await readAll(socket).finally(() => clearInterval(drip))
      expect(answer).toMatch(/^HTTP\/1\.1 408 /)
      expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ '@success': false })
    }
    expect(await inWork(server)).toBe(1)
  })

  test('to take an answer holds back its own, in flat memory, and nobody else’s', async () => {
    const line = `{"@id":"${'x'.repeat(1012)}"}\r\n`.repeat(1024)
    let chunks = 0
    async function* retrieve() {
      for (; chunks < 100_000; chunks++) yield line
    }
    const server = await start({ store: { ...memoryStore(), retrieve } })
    const body = '{"stream":"s","end_time":1}'
    const before = process.memoryUsage.rss()
    for (let count = 0; count < 20; count++) {
      const socket = await connectTo(server)
      socket.pause()
      socket.write(
        `POST /1.0/events/get HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
    }
    await expect.poll(() => chunks).toBeGreaterThan(20)
    for (let count = 0; count < 50; count++) expect((await put(server.url)).status).toBe(200)
    // What their sockets hold: a few mebibytes each.
    expect(chunks).toBeLessThan(20 * 12)
    expect((process.memoryUsage.rss() - before) / MIB).toBeLessThan(250)
  })
})

test('what is no HTTP is answered as every error is', async () => {
  const server = await start()
  for (const [sent, status] of [
    ['\x16\x03\x01\x02\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'y'.repeat(40_000)}\r\n\r\n`, 431],
  ] as const) {
    const socket = await connectTo(server)
    socket.write(sent)
    const answer = await readAll(socket)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer).toContain('nosniff')
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ '@success': false })
  }
})

test('a bomb is stopped while it inflates: 16 MiB that would be 16 GiB', async () => {
  const server = await start()
  // Members of gzip may follow one another, so this needs no 16 GiB here either.
  const member = gzipSync(Buffer.alloc(64 * MIB, 32))
  const body = Buffer.concat(Array(Math.floor((16 * MIB) / member.length)).fill(member))
  const before = process.memoryUsage.rss()
  const headers = { 'Content-Encoding': 'gzip' }
  const { status } = await sendRaw(server.url, { method: 'POST', path: PUT, headers, body })
  expect(status).toBe(413)
  expect((process.memoryUsage.rss() - before) / MIB).toBeLessThan(300)
})

test('events of one put, and their nesting, are bounded', async () => {
  const { url } = await start({ maxEventsPerPut: 2 })
  expect((await put(url, '{"events":{"s":[{},{},{}]}}')).status).toBe(413)
  const nested = (depth: number) => `{"events":{"s":[{"a":${'['.repeat(depth)}${']'.repeat(depth)}}]}}`
  expect((await put(url, nested(499))).status).toBe(200)
  expect((await put(url, nested(500))).status).toBe(400)
  expect((await put(url, nested(1_000_000))).status).toBe(400)
})
