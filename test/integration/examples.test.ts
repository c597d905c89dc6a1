import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { expect, it, onTestFinished } from 'vitest'
import { startServer } from './command.ts'

function start(file: string, env: Record<string, string>, ...args: string[]) {
  const child = spawn(process.execPath, [`examples/${file}`, ...args], { env: { ...process.env, ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ran = { child, stdout: '', stderr: '' }
  child.stdout.on('data', (text) => (ran.stdout += text))
  child.stderr.on('data', (text) => (ran.stderr += text))
  return ran
}

/** Runs an example to its end. */
async function run(file: string, env: Record<string, string>, ...args: string[]): Promise<string> {
  const ran = start(file, env, ...args)
  const [code] = await once(ran.child, 'close')
  expect({ code, stderr: ran.stderr }).toEqual({ code: 0, stderr: '' })
  return ran.stdout
}

/** Starts an example that listens, at a port of its own. */
async function listen(file: string, KRONOS_URL: string) {
  const ran = start(file, { KRONOS_URL, PORT: '0' })
  await expect.poll(() => ran.stdout).toMatch(/http:\S+/)
  return { ...ran, url: ran.stdout.trim() }
}

it.each(
  readdirSync('examples', { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(jsx?|html)$/.test(file),
  ),
)('%s has one idea', (file) => {
  // The demo shows everything there is.
  if (!file.startsWith('demo'))
    expect(readFileSync(`examples/${file}`, 'utf8').split('\n').length).toBeLessThanOrEqual(41)
})

it('node-service logs requests and functions, and loses none at SIGTERM', async () => {
  const { url, client } = await startServer()
  const service = await listen('node-service.js', url)
  expect(await (await fetch(`${service.url}/?name=Ada`, { headers: { connection: 'close' } })).text()).toBe(
    'Hello, Ada!',
  )
  service.child.kill('SIGTERM')
  expect(await once(service.child, 'close')).toEqual([0, null])
  expect(await client.get('service.requests').toArray()).toMatchObject([
    { path: '/', status: 200, get_params: { name: 'Ada' } },
  ])
  expect(await client.get('service.greet').toArray()).toMatchObject([
    { name: 'Ada', duration: expect.any(Number) },
  ])
})

it('express logs requests', async () => {
  const { url, client } = await startServer()
  const app = await listen('express.js', url)
  const body = JSON.stringify({ user: 'Ada', password: 'geheim' })
  const answer = await fetch(`${app.url}/login`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  })
  expect(await answer.text()).toBe('Hello, Ada!')
  await expect
    .poll(() => client.get('web.requests').toArray())
    .toMatchObject([
      { method: 'POST', path: '/login', status: 200, body: { user: 'Ada', password: '[redacted]' } },
    ])
})

it('hono has a Kronos server inside', async () => {
  const { default: app } = await import(`${process.cwd()}/examples/hono.js`)
  expect(await (await app.request('/hello')).text()).toBe('hello')
  await expect.poll(async () => (await app.request('/recent')).json()).toMatchObject([{ path: '/hello' }])
  const index = await app.request('/kronos/1.0/index')
  expect(await index.json()).toMatchObject({ service: 'kronosd' })
})

it('cloudflare-worker runs in workerd, and flushes after its answer', { timeout: 60_000 }, async () => {
  const { url, client } = await startServer()
  const { outputFiles } = await build({
    entryPoints: ['examples/cloudflare-worker.js'],
    bundle: true,
    format: 'esm',
    write: false,
    conditions: ['workerd'],
    logLevel: 'error',
  })
  const worker = new Miniflare({
    modules: true,
    script: outputFiles[0]!.text,
    compatibilityDate: '2026-01-01',
    bindings: { KRONOS_URL: url },
  })
  onTestFinished(() => worker.dispose())
  const answer = await worker.dispatchFetch('http://localhost/a')
  expect(await answer.text()).toBe('You asked for /a')
  await expect.poll(() => client.get('worker.requests').toArray()).toMatchObject([{ path: '/a' }])
})

it('zod-streams', async () => {
  const { url } = await startServer()
  expect(await run('zod-streams.js', { KRONOS_URL: url })).toBe('event.amount\nA-1 12.5 EUR\n')
})

it('transport', async () => {
  const { url } = await startServer()
  expect(await run('transport.js', {}, 'http://127.0.0.1:9', url)).toBe('transport\n')
})
