import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type * as Kronos from '../../src/global.ts'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { type Server, serve } from '../../src/server.ts'
import { startChromium } from './chromium.ts'
import { type Site, servePages } from './page-server.ts'

declare const kronos: typeof Kronos

let browser: Browser
let kronosServer: Server
let listed: Site
let foreign: Site

beforeAll(async () => {
  ;[browser, listed, foreign] = await Promise.all([startChromium(), servePages(), servePages()])
  kronosServer = await serve({ store: memoryStore(), port: 0, cors: { origins: [listed.origin] } })
}, 60_000)
afterAll(async () => {
  await browser.close()
  await kronosServer.close()
  await Promise.all([listed.close(), foreign.close()])
})

/** Opens a page, and collects what goes wrong in it and the preflights it makes. */
async function open(origin: string): Promise<{ page: Page; errors: string[]; methods: string[] }> {
  const page = await browser.newPage()
  const errors: string[] = []
  const methods: string[] = []
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('pageerror', (error) => errors.push(error.message))
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  session.on('Network.requestWillBeSent', ({ request }) => methods.push(request.method))
  await page.goto(origin)
  methods.length = 0
  return { page, errors, methods }
}

it('puts and gets across origins, without a preflight, exactly', async () => {
  const { page, errors, methods } = await open(listed.origin)
  const result = await page.evaluate(async (url) => {
    const client = new kronos.KronosClient(url, { namespace: 'page' })
    await client.put('page.views', [
      { '@time': 14012352000000001n, n: 1 },
      { '@time': 14012352000000002n, n: 2 },
    ])
    const events = await client.get('page.views').toArray()
    const streams: string[] = []
    for await (const stream of client.getStreams()) streams.push(stream)
    const { schema } = await client.inferSchema('page.views')
    await client.delete('page.views', 14012352000000001n, 14012352000000001n)
    const left = await client.get('page.views', 0, undefined, { order: 'descending', times: 'iso' }).toArray()
    return {
      events: events.map((event) => [String(event['@time']), event['n']]),
      left: left.map((event) => event['@time']),
      streams,
      type: schema.properties?.['n']?.type,
    }
  }, kronosServer.url)
  expect(result).toEqual({
    events: [
      ['14012352000000001', 1],
      ['14012352000000002', 2],
    ],
    left: ['2014-05-28T00:00:00.0000002Z'],
    streams: ['page.views'],
    type: 'integer',
  })
  expect(errors).toEqual([])
  expect(methods).toHaveLength(6)
  expect(methods).not.toContain('OPTIONS')
})

it('reads a long answer, stops in the middle, and sees an announced end', async () => {
  const { page, errors } = await open(listed.origin)
  const events = Array.from({ length: 20_000 }, (_, n) => ({ '@time': BigInt(n), n }))
  await new KronosClient(kronosServer.url, { namespace: 'long' }).put('s', events)
  const counts = await page.evaluate(async (url) => {
    const client = new kronos.KronosClient(url, { namespace: 'long' })
    let some = 0
    for await (const _ of client.get('s')) if (++some === 100) break
    return [some, (await client.get('s').toArray()).length]
  }, kronosServer.url)
  expect(counts).toEqual([100, 20_000])
  expect(errors).toEqual([])
})

it('a page of an origin that is not listed can put nothing', async () => {
  const { page } = await open(foreign.origin)
  const code = await page.evaluate(async (url) => {
    const client = new kronos.KronosClient(url, { namespace: 'foreign', retry: 0 })
    return client.put('s', { n: 1 }).catch((error) => error.code)
  }, kronosServer.url)
  expect(code).toBe('connection')
  const events = await new KronosClient(kronosServer.url, { namespace: 'foreign' }).get('s').toArray()
  expect(events).toEqual([])
})
