import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import express from 'express'
import { Hono } from 'hono'
import { serve as serveFetch } from 'srvx/node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { expressLogger, fetchLogger, honoLogger, type RequestLogOptions } from '../../src/middleware.ts'
import { createHandler } from '../../src/server.ts'

function makeClient() {
  return new KronosClient(createHandler({ store: memoryStore() }).fetch, { library: false })
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

type Client = ReturnType<typeof makeClient>

async function readLog(client: Client, count = 1): Promise<Record<string, unknown>[]> {
  await vi.waitFor(async () => expect(await client.get('log').toArray()).toHaveLength(count), {
    timeout: 10_000,
  })
  return client.get('log').toArray()
}

/** The same little application, in each framework. */
const FRAMEWORKS: Record<string, (client: Client, options?: RequestLogOptions) => Promise<string>> = {
  async express(client, options) {
    const app = express()
    app.use(expressLogger(client, 'log', options))
    app.use(express.json(), express.text(), express.urlencoded())
    app.get('/hello', (_, response) => void response.send('hello'))
    app.post('/echo', (request, response) => void response.status(201).json(request.body))
    app.get('/fail', () => {
      throw new RangeError('broken')
    })
    // Its own handler prints what was thrown.
    app.use(
      (_: unknown, __: unknown, response: express.Response, ___: unknown) => void response.status(500).end(),
    )
    return listen(createServer(app))
  },
  async hono(client, options) {
    const app = new Hono()
    app.use(honoLogger(client, 'log', options))
    app.get('/hello', (context) => context.text('hello'))
    app.post('/echo', async (context) => context.text(await context.req.text(), 201))
    app.get('/fail', () => {
      throw new RangeError('broken')
    })
    app.onError((_, context) => context.text('', 500))
    return listenFetch(app.fetch)
  },
  async fetch(client, options) {
    const logged = fetchLogger(
      client,
      'log',
      options,
    )(async (request: Request) => {
      const { pathname } = new URL(request.url)
      if (pathname === '/hello') return new Response('hello')
      if (pathname === '/fail') throw new RangeError('broken')
      if (pathname === '/echo') return new Response(await request.text(), { status: 201 })
      return new Response('', { status: 404 })
    })
    return listenFetch((request) => logged(request).catch(() => new Response('', { status: 500 })))
  },
}

async function listenFetch(fetch: (request: Request) => Response | Promise<Response>): Promise<string> {
  const server = serveFetch({ fetch, port: 0, hostname: '127.0.0.1', silent: true, gracefulShutdown: false })
  await server.ready()
  onTestFinished(() => server.close(true))
  return server.url!.replace(/\/$/, '')
}

describe.each(Object.keys(FRAMEWORKS))('%s', (name) => {
  const start = FRAMEWORKS[name]!

  it('logs a request, its query, its status and how long it took', async () => {
    const client = makeClient()
    const url = await start(client)
    expect(await (await fetch(`${url}/hello?a=1&b=2&b=3&Token=geheim`)).text()).toBe('hello')
    const [event] = await readLog(client)
    expect(event).toEqual({
      '@id': expect.any(String),
      '@time': expect.any(BigInt),
      method: 'GET',
      path: '/hello',
      ...(name === 'express' && { client_ip: '127.0.0.1' }),
      status: 200,
      duration: expect.any(Number),
      get_params: { a: '1', b: ['2', '3'], Token: '[redacted]' },
    })
    expect(event!.duration).toBeGreaterThan(0)
  })

  it('logs what is not found, and what throws', async () => {
    const client = makeClient()
    const url = await start(client)
    expect((await fetch(`${url}/nothing`)).status).toBe(404)
    await readLog(client)
    expect((await fetch(`${url}/fail`)).status).toBe(500)
    const events = await readLog(client, 2)
    expect(events).toMatchObject([
      { path: '/nothing', status: 404 },
      { path: '/fail', status: 500 },
    ])
    // Express shows a middleware no error that another one handles.
    if (name !== 'express')
      expect(events[1]!.exception).toMatchObject({ class: 'RangeError', message: 'broken' })
  })

  it('believes X-Forwarded-For only as far as it is told', async () => {
    const asked = async (options: RequestLogOptions) => {
      const client = makeClient()
      await fetch(`${await start(client, options)}/hello`, {
        headers: { 'x-forwarded-for': 'spoofed, 10.0.0.1, 10.0.0.2' },
      })
      return (await readLog(client))[0]!.client_ip
    }
    expect(await asked({})).toBe(name === 'express' ? '127.0.0.1' : undefined)
    expect(await asked({ trustProxy: 1 })).toBe('10.0.0.2')
    expect(await asked({ trustProxy: 2 })).toBe('10.0.0.1')
    expect(await asked({ trustProxy: 9 })).toBe('spoofed')
  })

  it('logs bodies when asked, without secrets, up to the bound, and the handler gets all of them', async () => {
    const client = makeClient()
    const url = await start(client, { captureBody: 100 })
    const post = async (body: string, type: string) =>
      (await fetch(`${url}/echo`, { method: 'POST', body, headers: { 'content-type': type } })).status
    expect(await post('{"user":{"PassWord":"geheim","n":1}}', 'application/json')).toBe(201)
    await readLog(client, 1)
    await post('a=1&token=geheim', 'application/x-www-form-urlencoded')
    await readLog(client, 2)
    await post('just text', 'text/plain')
    await readLog(client, 3)
    const long = JSON.stringify({ text: 'x'.repeat(200) })
    const answer = await fetch(`${url}/echo`, {
      method: 'POST',
      body: long,
      headers: { 'content-type': 'application/json' },
    })
    expect(await answer.text()).toBe(long)
    const events = await readLog(client, 4)
    expect(events.map(({ body }) => body)).toEqual([
      { user: { PassWord: '[redacted]', n: 1 } },
      { a: '1', token: '[redacted]' },
      'just text',
      undefined,
    ])
    expect(events[3]!.body_truncated).toBe(true)
  })

  it('logs no body unless asked, and redacts what it is told', async () => {
    const client = makeClient()
    const url = await start(client, { redact: ['colour'] })
    await fetch(`${url}/echo?COLOUR=red&token=1`, { method: 'POST', body: 'secret' })
    expect((await readLog(client))[0]).toMatchObject({ get_params: { COLOUR: '[redacted]', token: '1' } })
    expect((await readLog(client))[0]).not.toHaveProperty('body')
  })

  it('never fails a request: not by a closed client, not by a server that is away', async () => {
    const closed = makeClient()
    await closed.close()
    expect(await (await fetch(`${await start(closed)}/hello`)).text()).toBe('hello')
    const away = new KronosClient('http://127.0.0.1:9', { retry: 0 }) as Client
    expect(await (await fetch(`${await start(away)}/hello`)).text()).toBe('hello')
  })
})

it('logs by a non-blocking client that it makes of a URL', async () => {
  const server = createHandler({ store: memoryStore() })
  const kronos = await listenFetch(server.fetch)
  const handle = fetchLogger(kronos, 'log', { namespace: 'other' })(() => new Response('ok'))
  await handle(new Request('http://localhost/a'))
  const reader = new KronosClient(server.fetch, { namespace: 'other' })
  await vi.waitFor(async () =>
    expect(await reader.get('log').toArray()).toMatchObject([{ path: '/a', status: 200 }]),
  )
})

it('says when the client went before the answer was whole', async () => {
  const client = makeClient()
  const app = express()
  app.use(expressLogger(client, 'log'))
  app.get('/slow', (_, response) => void response.write('a part'))
  const url = new URL(await listen(createServer(app)))
  const socket = connect(Number(url.port), url.hostname)
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  socket.destroy()
  expect((await readLog(client))[0]).toMatchObject({ path: '/slow', status: 200, aborted: true })
})

it('throws what goes wrong when it is not to be silent, and refuses wrong options', async () => {
  const client = makeClient()
  await client.close()
  const log = expressLogger(client, 'log', { failSilently: false })
  let close = () => {}
  const request = { method: 'GET', originalUrl: 'http://[', headers: {}, socket: {} }
  log(
    request,
    { statusCode: 200, writableFinished: true, once: (_, listener) => (close = listener) },
    () => {},
  )
  expect(() => close()).toThrow('Invalid URL')
  expect(() => expressLogger('nowhere', 'log')).toThrow('url: expected')
  expect(() => honoLogger(client, 'bad name')).toThrow('stream: expected')
  expect(() => fetchLogger(client, 'log', { trustProxy: 1.5 })).toThrow('options.trustProxy')
  expect(() => fetchLogger(client, 'log', { trustproxy: 1 } as never)).toThrow('options.trustproxy')
  expect(() => fetchLogger({} as never, 'log')).toThrow('target: expected')
})
