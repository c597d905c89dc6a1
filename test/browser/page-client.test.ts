import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type * as Kronos from '../../src/global.ts'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { type Server, serve } from '../../src/server.ts'
import { startChromium } from './chromium.ts'
import { servePages } from './page-server.ts'

declare const kronos: typeof Kronos

/** As the README has it, so that what is tested is what is copied. */
const [, SNIPPET] = /```html\n<script>\n(.*q:\[\].*)\n<\/script>/.exec(readFileSync('README.md', 'utf8'))!
const HEAD = '<!doctype html><link rel="icon" href="data:,">'

let browser: Browser
let server: Server
let namespace = 0

beforeAll(async () => {
  browser = await startChromium()
  server = await serve({ store: memoryStore(), port: 0, cors: { origins: ['*'] } })
}, 60_000)
afterAll(async () => {
  await browser.close()
  await server.close()
})

async function open(html: string) {
  const site = await servePages(HEAD + html)
  onTestFinished(() => site.close())
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(site.origin)
  return { page, errors }
}

function setUp() {
  const options = { namespace: `page${namespace++}` }
  const client = new KronosClient(server.url, options)
  return { init: `kronos.init(${JSON.stringify(server.url)}, ${JSON.stringify(options)})`, client }
}

const flush = (page: Page) => page.evaluate(async () => kronos.flush())

it('init, put and flush are one client of the page', async () => {
  const { init, client } = setUp()
  const { page, errors } = await open('<script src="/kronos.global.js"></script>')
  const before = Date.now()
  await page.evaluate(
    `kronos.put('s', { n: 0 }); ${init}; kronos.put('s', [{ n: 1 }, { n: 2, '@time': 5n }])`,
  )
  expect(await flush(page)).toEqual({ queued: 0, dropped: 0 })
  const events = await client.get('s').toArray()
  expect(events.map(({ n }) => n)).toEqual([2, 0, 1])
  expect(Number(events[1]!['@time'] / 10_000n)).toBeGreaterThanOrEqual(before - 1000)
  await expect(page.evaluate(init)).rejects.toThrow('init: expected one call in a page')
  expect(errors).toEqual([])
})

it('the snippet is short', () => {
  expect(`<script>${SNIPPET}</script>`.length).toBeLessThan(300)
})

it('what is called before the script has come is carried out in order, at its time', async () => {
  const { init, client } = setUp()
  const { page, errors } = await open(`<script>${SNIPPET}
    const { put } = kronos
    window.start = Date.now()
    kronos.put('s', { n: 0 })
    ${init}
    kronos.put('s', { n: 1 })
    window.flushed = kronos.flush()
    kronos.put('bad name', { n: 2 })
    kronos.put('s', { n: 3, '@time': 5n })
    </script><script async src="/late.js"></script>`)
  await page.waitForFunction(() => 'KronosClient' in kronos)
  // Who kept the snippet's own function is served too.
  await page.evaluate("put('s', { n: 4 })")
  expect(await page.evaluate('flushed')).toEqual({ queued: 0, dropped: 0 })
  expect(await flush(page)).toEqual({ queued: 0, dropped: 0 })
  const events = await client.get('s').toArray()
  expect(events.map(({ n }) => n)).toEqual([3, 0, 1, 4])
  const start = (await page.evaluate('start')) as number
  const late = Number(events[1]!['@time'] / 10_000n) - start
  // The script came half a second after it.
  expect(late).toBeLessThan(400)
  expect(errors).toEqual([expect.stringContaining('stream: expected a name')])
})

it('a page whose script never comes goes on', async () => {
  const { init } = setUp()
  const { page, errors } = await open(
    `<script>${SNIPPET};${init};kronos.put('s', {})</script><script async src="http://127.0.0.1:9/x.js"></script>`,
  )
  expect(await page.evaluate('kronos.q.length')).toBe(2)
  expect(errors).toEqual([])
})

it('the script may be there twice', async () => {
  const { init, client } = setUp()
  const tag = '<script src="/kronos.global.js"></script>'
  const { page, errors } = await open(
    `${tag}<script>${init};kronos.put('s', { n: 1 })</script>${tag}<script>kronos.put('s', { n: 2 })</script>`,
  )
  await flush(page)
  expect((await client.get('s').toArray()).map(({ n }) => n)).toEqual([1, 2])
  expect(errors).toEqual([])
})

it('is taken by its hash, and by no other', async () => {
  const hash = createHash('sha384').update(readFileSync('dist/kronos.global.js')).digest('base64')
  const tag = (integrity: string) =>
    `<script src="/kronos.global.js" integrity="sha384-${integrity}" crossorigin="anonymous"></script>`
  expect(await (await open(tag(hash))).page.evaluate('typeof kronos')).toBe('object')
  expect(await (await open(tag(`A${hash.slice(1)}`))).page.evaluate('typeof kronos')).toBe('undefined')
})
