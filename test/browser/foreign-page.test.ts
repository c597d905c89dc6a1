import { createServer, type Server as HTTPServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { type Server, serve } from '../../src/server.ts'
import { startChromium } from './chromium.ts'

/** A site with an empty page. */
async function serveSite(): Promise<{ port: number; server: HTTPServer }> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html')
    response.end('<!doctype html><link rel="icon" href="data:,"><title>site</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, server }
}

let browser: Awaited<ReturnType<typeof startChromium>>
let site: Awaited<ReturnType<typeof serveSite>>
let kronos: Server
let client: KronosClient

beforeAll(async () => {
  ;[browser, site] = await Promise.all([
    startChromium(['--host-resolver-rules=MAP *.test 127.0.0.1']),
    serveSite(),
  ])
  kronos = await serve({ store: memoryStore(), port: 0 })
  client = new KronosClient(kronos.url)
}, 60_000)
afterAll(async () => {
  await browser.close()
  await kronos.close()
  site.server.close()
})
beforeEach(async () => {
  await client.delete('secrets', 0n, 10n)
  await client.put('secrets', { '@time': 1n, secret: 'geheim' })
})

const PUT = '{"events":{"planted":[{"@time":1}]}}'
const DELETE = '{"stream":"secrets","start_time":0,"end_time":10}'
const CALLS: [string, string][] = [
  ['/1.0/events/put', PUT],
  ['/1.0/events/delete', DELETE],
  ['/1.0/events/get', DELETE],
  ['/1.0/streams', '{}'],
  ['/1.0/streams/infer_schema', '{"stream":"secrets"}'],
]

/** What a page may have done is in the store, whatever the page was told. */
async function expectUntouched(): Promise<void> {
  expect(await client.get('planted').toArray()).toEqual([])
  expect(await client.get('secrets').toArray()).toHaveLength(1)
}

async function openSite(host = `site.test:${site.port}`) {
  const page = await browser.newPage()
  await page.goto(`http://${host}/`)
  return page
}

it('a server that lists no origin is reached by its own page: the test could see a success', async () => {
  const page = await openSite(new URL(kronos.url).host.concat('/healthz'))
  const status = await page.evaluate(
    async (body) => (await fetch('/1.0/events/put', { method: 'POST', body })).status,
    PUT,
  )
  expect(status).toBe(200)
  await client.delete('planted', 0n, 10n)
  await page.close()
})

it.each([
  ['a simple request', { 'Content-Type': 'text/plain' }, 'cors'],
  ['a request whose answer it can’t see', { 'Content-Type': 'text/plain' }, 'no-cors'],
  ['a request of JSON, with a preflight', { 'Content-Type': 'application/json' }, 'cors'],
] as const)('a page of another site does nothing and reads nothing by %s', async (_, headers, mode) => {
  const page = await openSite()
  for (const [path, body] of CALLS) {
    const seen = await page.evaluate(
      async ({ url, body, headers, mode }) => {
        try {
          const response = await fetch(url, { method: 'POST', body, headers, mode, credentials: 'include' })
          return `${response.type} ${await response.text()}`
        } catch {
          return 'refused'
        }
      },
      { url: kronos.url + path, body, headers, mode },
    )
    expect(seen).toBe(mode === 'no-cors' ? 'opaque ' : 'refused')
  }
  await expectUntouched()
  await page.close()
})

it('nor by a beacon, an image, a script or a style', async () => {
  const page = await openSite()
  await page.evaluate(
    ({ url, calls }) => {
      for (const [path, body] of calls) navigator.sendBeacon(url + path, body)
    },
    { url: kronos.url, calls: CALLS },
  )
  const loaded = await page.evaluate(
    (url) =>
      Promise.all(
        (['img', 'script'] as const).map(
          (name) =>
            new Promise((resolve) => {
              const element = document.createElement(name)
              element.onload = () => resolve('loaded')
              element.onerror = () => resolve('refused')
              element.src = `${url}/1.0/index`
              document.head.append(element)
            }),
        ),
      ),
    kronos.url,
  )
  expect(loaded).toEqual(['refused', 'refused'])
  await expectUntouched()
  await page.close()
})

it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
  'nor by a form posted as %s',
  async (type) => {
    for (const [path, body] of CALLS.slice(0, 2)) {
      const page = await openSite()
      const answered = page.waitForResponse((response) => response.url().startsWith(kronos.url))
      await page.evaluate(
        ({ action, body, type }) => {
          const form = document.createElement('form')
          Object.assign(form, { method: 'POST', action, enctype: type })
          const field = document.createElement('input')
          // The name and the value, with the = between them, are the JSON.
          field.name = `${body.slice(0, -1)},"x":"`
          field.value = '"}'
          form.append(field)
          document.body.append(form)
          form.submit()
        },
        { action: kronos.url + path, body, type },
      )
      expect((await answered).status()).toBe(403)
      await page.close()
    }
    await expectUntouched()
  },
)

it('nor by a page whose origin is null: a sandboxed frame, a data URL', async () => {
  const page = await openSite()
  const seen = await page.evaluate(
    ({ url, calls }) =>
      new Promise((resolve) => {
        addEventListener('message', ({ data, origin }) => resolve([origin, data]))
        const frame = document.createElement('iframe')
        frame.setAttribute('sandbox', 'allow-scripts')
        frame.srcdoc = `<script>
          const calls = ${JSON.stringify(calls)}
          Promise.all(calls.map(([path, body]) => fetch(${JSON.stringify(url)} + path, { method: 'POST', body })
            .then((response) => response.text(), () => 'refused')))
            .then((seen) => parent.postMessage(seen, '*'))
        </${'script'}>`
        document.body.append(frame)
      }),
    { url: kronos.url, calls: CALLS },
  )
  expect(seen).toEqual(['null', CALLS.map(() => 'refused')])
  await expectUntouched()
  await page.close()
})

it('nor by a page whose own name is made to mean this machine (DNS rebinding)', async () => {
  const port = new URL(kronos.url).port
  const page = await browser.newPage()
  // The page is of the server's own origin now, as far as the browser can tell.
  const response = await page.goto(`http://rebound.test:${port}/1.0/index`)
  expect(response!.status()).toBe(403)
  expect(await response!.text()).not.toContain('kronosd')
  for (const [path, body] of CALLS) {
    const status = await page.evaluate(
      async ([path, body]) => (await fetch(path!, { method: 'POST', body: body! })).status,
      [path, body],
    )
    expect(status).toBe(403)
  }
  await expectUntouched()
  await page.close()
})
