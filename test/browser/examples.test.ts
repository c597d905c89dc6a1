import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { build as buildByEsbuild } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { type Server, serve } from '../../src/server.ts'
import { startChromium } from './chromium.ts'

const TYPES: Record<string, string> = { '.js': 'text/javascript', '.html': 'text/html' }

let browser: Browser
beforeAll(async () => {
  browser = await startChromium()
}, 60_000)
afterAll(() => browser.close())

/** Serves a folder, and the bundle, as a user's own host would. */
async function serveFolder(folder: string): Promise<string> {
  const host = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost')
    const file = pathname.endsWith('/kronos.global.js')
      ? 'dist/kronos.global.js'
      : join(folder, normalize(pathname))
    response.setHeader('content-type', TYPES[extname(file)] ?? 'text/plain')
    try {
      response.end(readFileSync(file))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    host.closeAllConnections()
    host.close()
  })
  return `http://127.0.0.1:${(host.address() as AddressInfo).port}`
}

function startKronos(origin: string, port = 0): Promise<Server> {
  return serve({ store: memoryStore(), port, cors: { origins: [origin] } })
}

async function open(url: string): Promise<{ page: Page; errors: string[] }> {
  const page = await browser.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)
  return { page, errors }
}

it('script-tag counts views and clicks, also the one that leaves', async () => {
  const origin = await serveFolder('examples')
  const kronos = await startKronos(origin)
  onTestFinished(() => kronos.close())
  const { page, errors } = await open(`${origin}/script-tag.html?kronos=${kronos.url}`)
  await page.click('#buy')
  await page.click('#leave')
  const client = new KronosClient(kronos.url)
  await expect.poll(() => client.get('page.clicks').toArray()).toMatchObject([{ on: 'buy' }, { on: 'leave' }])
  expect(await client.get('page.views').toArray()).toMatchObject([{ path: '/script-tag.html' }])
  expect(errors).toEqual([])
})

it('offline-first keeps notes over a reload, until the server is there', { timeout: 60_000 }, async () => {
  const origin = await serveFolder('examples')
  const first = await startKronos(origin)
  const port = Number(new URL(first.url).port)
  await first.close()
  const { page, errors } = await open(`${origin}/offline-first.html?kronos=${first.url}`)
  await page.fill('input', 'buy bread')
  await page.click('button')
  await page.getByText('1 wait for the server').waitFor()
  await page.reload()
  await page.getByText('1 wait for the server').waitFor()
  const kronos = await startKronos(origin, port)
  onTestFinished(() => kronos.close())
  await page.getByText('All are delivered').waitFor()
  expect(await new KronosClient(kronos.url).get('notes').toArray()).toMatchObject([{ text: 'buy bread' }])
  expect(errors).toEqual([])
})

it('use-live-events shows events in React as they come', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'kronos-react-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(
    join(directory, 'index.html'),
    '<!doctype html><div id="app"></div><script type="module" src="app.js"></script>',
  )
  await buildByEsbuild({
    entryPoints: ['examples/use-live-events.jsx'],
    outfile: join(directory, 'app.js'),
    bundle: true,
    format: 'esm',
    // Not the repository's own, which is Preact's.
    tsconfigRaw: { compilerOptions: { jsx: 'react-jsx', jsxImportSource: 'react' } },
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const origin = await serveFolder(directory)
  const kronos = await startKronos(origin)
  onTestFinished(() => kronos.close())
  const { page, errors } = await open(`${origin}/index.html?kronos=${kronos.url}`)
  const client = new KronosClient(kronos.url)
  await page.locator('ol').waitFor({ state: 'attached' })
  await client.put('site.clicks', { user: 'Ada' })
  await page.getByText('Ada').waitFor()
  await client.put('site.clicks', { user: 'Grace' })
  await page.getByText('Grace').waitFor()
  expect(await page.locator('li').count()).toBe(2)
  expect(errors).toEqual([])
})

it('vite-app is built without a warning, and runs', { timeout: 60_000 }, async () => {
  const { build } = await import('vite')
  const directory = mkdtempSync(join(tmpdir(), 'kronos-vite-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const warnings: string[] = []
  await build({
    root: 'examples/vite-app',
    logLevel: 'silent',
    build: {
      outDir: directory,
      emptyOutDir: true,
      target: 'es2022',
      rollupOptions: { onwarn: (warning) => void warnings.push(String(warning.message)) },
    },
  })
  expect(warnings).toEqual([])
  const origin = await serveFolder(directory)
  const kronos = await startKronos(origin)
  onTestFinished(() => kronos.close())
  const { page, errors } = await open(`${origin}/index.html?kronos=${kronos.url}`)
  await page.getByText(/\d\d:\d\d UTC: 1/).waitFor()
  expect(errors).toEqual([])
})
