import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memoryStore } from '../../src/memory.ts'
import { type ServeOptions, type Server, type Store, serve } from '../../src/server.ts'
import { sendRaw } from './raw-http.ts'

const MIB = 1024 * 1024
const BODY = '{"stream":"s","end_time":1,"end":true}'
const LAST_CHUNK = '\r\n0\r\n\r\n'

async function start(options: Partial<ServeOptions> = {}): Promise<Server> {
  const server = await serve({ store: memoryStore(), port: 0, ...options })
  onTestFinished(() => server.close())
  return server
}

/** A store whose reads give so many chunks of 1 MiB. */
function largeStore(chunks: number): Store {
  const line = `{"@id":"${'x'.repeat(1012)}"}\r\n`
  async function* retrieve() {
    for (let count = 0; count < chunks; count++) yield line.repeat(1024)
  }
  return { ...memoryStore(), retrieve }
}

async function connectTo(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  onTestFinished(() => {
    socket.destroy()
  })
  await once(socket, 'connect')
  return socket
}

function writeGet(socket: Socket): void {
  const head = `POST /1.0/events/get HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${BODY.length}\r\n\r\n`
  socket.write(head + BODY)
}

test('an answer of any length takes little memory', async () => {
  const { url } = await start({ store: largeStore(400) })
  const before = process.memoryUsage.rss()
  let size = 0
  let most = 0
  for await (const chunk of (await fetch(`${url}/1.0/events/get`, { method: 'POST', body: BODY })).body!) {
    size += chunk.length
    most = Math.max(most, process.memoryUsage.rss())
  }
  expect(size).toBe(400 * MIB + '{"@end":{"count":409600}}\r\n'.length)
  expect((most - before) / MIB).toBeLessThan(150)
})

test.each([
  ['told', { 'Content-Length': String(8 * MIB) }],
  ['untold', {}],
])('413 for a length %s reaches a client that sends all before it reads', async (_, headers) => {
  const { url } = await start({ maxBodyBytes: 1000 })
  const put = request(`${url}/1.0/events/put`, { method: 'POST', headers })
  put.end(Buffer.alloc(8 * MIB, 32))
  const [[answer]] = await Promise.all([once(put, 'response'), once(put, 'finish')])
  answer.resume()
  expect(answer.statusCode).toBe(413)
})

test('a Host that is none is refused, as JSON', async () => {
  const { url } = await start()
  for (const host of ['', 'x y', 'localhost@evil.test', 'evil.test/localhost', '127.0.0.1.evil.test']) {
    const sent = { method: 'GET', path: '/healthz', headers: { Host: host }, body: Buffer.alloc(0) }
    const { status, body } = await sendRaw(url, sent)
    expect([host, status]).toEqual([host, 403])
    expect(JSON.parse(body)).toMatchObject({ '@success': false, '@errors': [expect.any(String)] })
  }
})

test('Host may be any when * is listed, or the server listens at all addresses', async () => {
  const sent = { method: 'GET', path: '/1.0/index', headers: { Host: 'any.test' }, body: Buffer.alloc(0) }
  expect((await sendRaw((await start({ cors: { origins: ['*'] } })).url, sent)).status).toBe(200)
  const { url } = await start({ host: '0.0.0.0' })
  expect(url).toMatch(/^http:\/\/localhost:\d+$/)
  expect((await sendRaw(url.replace('localhost', '127.0.0.1'), sent)).status).toBe(200)
})

test.each(['::1', '[::1]'])('the address %s is in brackets', async (host) => {
  const { url } = await start({ host })
  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/)
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
})

test('an address that is not this machine’s is told of', async () => {
  const serving = serve({ store: memoryStore(), port: 0, host: '192.0.2.1' })
  await expect(serving).rejects.toMatchObject({ code: 'connection', message: /192\.0\.2\.1/ })
})

describe('close', () => {
  test('waits neither for idle connections nor for what a client keeps alive after its answer', async () => {
    const server = await start({ store: largeStore(20) })
    await connectTo(server.url)
    await (await fetch(`${server.url}/healthz`)).text()
    const reading = await connectTo(server.url)
    writeGet(reading)
    await once(reading, 'readable')
    const began = performance.now()
    const closing = server.close()
    let tail = ''
    for await (const chunk of reading as AsyncIterable<Buffer>) tail = chunk.subarray(-60).toString()
    await closing
    // Node waits for the end of the connection's keep-alive time, 5 s.
    expect(performance.now() - began).toBeLessThan(4000)
    expect(tail.endsWith(LAST_CHUNK)).toBe(true)
  })

  test('cuts off nothing that is written and not yet taken', async () => {
    const server = await start({ store: largeStore(8) })
    const sockets = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const socket = await connectTo(server.url)
        writeGet(socket)
        await once(socket, 'readable')
        return socket
      }),
    )
    // Readers of all speeds, so that the server is at all places of an answer when it closes.
    const answers = sockets.map(async (socket, pauseMs) => {
      let size = 0
      let tail = ''
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        size += chunk.length
        tail = (tail + chunk.subarray(-60).toString()).slice(-60)
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
      return size > 8 * MIB && tail.endsWith(LAST_CHUNK)
    })
    await new Promise((resolve) => setTimeout(resolve, 100))
    await server.close()
    expect(await Promise.all(answers)).toEqual(Array(10).fill(true))
  })
})
