import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { type ServeOptions, type Store, serve } from '../../src/server.ts'

async function start(options: Partial<ServeOptions> = {}) {
  const server = await serve({ store: memoryStore(), port: 0, ...options })
  onTestFinished(() => server.close())
  return server
}

const LINE = `{"@id":"13814000-1dd2-11b2-8000-000000000000","@time":0,"x":"${'y'.repeat(1000)}"}\r\n`

/** A store whose reads never end, and that counts what is pulled. */
function endless() {
  const state = { chunks: 0, ended: false }
  const store: Store = {
    ...memoryStore(),
    async *retrieve() {
      try {
        for (;;) {
          state.chunks++
          yield LINE.repeat(500)
        }
      } finally {
        state.ended = true
      }
    },
  }
  return { state, store }
}

describe('a slow reader', () => {
  it('holds back its own read, and nobody else’s', async () => {
    const { state, store } = endless()
    const server = await start({ store })
    const { body } = await fetch(`${server.url}/1.0/events/get`, {
      method: 'POST',
      body: '{"stream":"s","end_time":1}',
    })
    const reader = body!.getReader()
    await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 300))
    const chunks = state.chunks
    // What sockets buffer, and no more.
    expect(chunks).toBeLessThan(40)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(state.chunks).toBe(chunks)
    expect((await new KronosClient(server.url).index())['@success']).toBe(true)
    await reader.cancel()
    await vi.waitFor(() => expect(state.ended).toBe(true))
  })

  it('that vanishes frees the store’s read', async () => {
    const { state, store } = endless()
    const server = await start({ store })
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write(
      'POST /1.0/events/get HTTP/1.1\r\nHost: localhost\r\nContent-Length: 27\r\n\r\n{"stream":"s","end_time":1}',
    )
    await once(socket, 'data')
    socket.destroy()
    await vi.waitFor(() => expect(state.ended).toBe(true))
  })
})

it('lets requests in flight finish when it closes', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const store: Store = { ...memoryStore(), insert: () => held }
  const server = await serve({ store, port: 0 })
  const putting = new KronosClient(server.url, { retry: 0 }).put('s', {})
  await new Promise((resolve) => setTimeout(resolve, 100))
  const closing = server.close()
  await expect(new KronosClient(server.url, { retry: 0 }).index()).rejects.toMatchObject({
    code: 'connection',
  })
  release()
  expect((await putting)['@success']).toBe(true)
  await closing
})

it('answers only to a loopback or listed Host when it is bound to loopback', async () => {
  const server = await start({ cors: { origins: ['https://kronos.example'] } })
  const status = async (host: string) => {
    const request = httpRequest(`${server.url}/1.0/index`, { headers: { host } }).end()
    const [response] = await once(request, 'response')
    response.resume()
    return response.statusCode
  }
  for (const host of ['localhost', '127.0.0.1:99', '[::1]:8151', 'kronos.example'])
    expect(await status(host)).toBe(200)
  for (const host of ['evil.example', 'evil.example:8151', 'localhost.evil.example'])
    expect(await status(host)).toBe(403)
})

it('says so when its port is in use', async () => {
  const { url } = await start()
  const port = Number(new URL(url).port)
  await expect(serve({ store: memoryStore(), port })).rejects.toThrow(`port ${port} of 127.0.0.1 is in use`)
  await expect(serve({ store: memoryStore(), port: 70_000 })).rejects.toThrow('options.port')
})
