import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { type Server, serve } from '../../src/server.ts'

const directory = mkdtempSync(join(tmpdir(), 'kronos-end-'))
let server: Server
beforeAll(async () => {
  server = await serve({ store: memoryStore(), port: 0 })
})
afterAll(async () => {
  await server.close()
  rmSync(directory, { recursive: true })
})

async function run(...args: string[]) {
  const child = spawn(process.execPath, [resolve(import.meta.dirname, 'programs/end.js'), ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const started = performance.now()
  const [code] = await once(child, 'close')
  return { code, output, seconds: (performance.now() - started) / 1000 }
}

async function storedCount(): Promise<number> {
  const client = new KronosClient(server.url)
  const { length } = await client.get('s').toArray()
  await client.delete('s', 0, 2n ** 59n)
  return length
}

it('a process that ends by itself has sent what was put', async () => {
  const { code, output } = await run(server.url, 'end')
  expect(code, output).toBe(0)
  // Once for what waited, and once more when that was sent.
  expect(output.match(/beforeExit/g)).toHaveLength(2)
  expect(await storedCount()).toBe(2500)
})

it('a process that only waits for flush() is kept until it is done', async () => {
  const { code, output } = await run(server.url, 'await')
  expect(code, output).toBe(0)
  expect(output).toContain('{"queued":0,"dropped":0}')
  expect(await storedCount()).toBe(2500)
})

it('process.exit() ends at once, and the next client of the file queue delivers', async () => {
  const path = join(directory, 'events.queue')
  expect(await run(server.url, 'exit', path)).toMatchObject({ code: 3 })
  expect(await storedCount()).toBe(0)
  expect(await run(server.url, 'end', path)).toMatchObject({ code: 0 })
  expect(await storedCount()).toBe(5000)
})

it.each(['refuses', 'never answers'])(
  'with a server that %s it ends after exitTimeout, and says what is lost',
  async (how) => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    if (how === 'refuses') silent.close()
    const { code, output, seconds } = await run(`http://127.0.0.1:${port}`, 'end')
    silent.close()
    expect(code, output).toBe(0)
    const lost = [...output.matchAll(/(\d+) not delivered: closed/g)].map(([, count]) => Number(count))
    expect(lost.reduce((sum, count) => sum + count)).toBe(2500)
    expect(seconds).toBeGreaterThan(1)
    expect(output.match(/beforeExit/g)!.length).toBeLessThan(4)
    // It waited without spinning: the processor had little to do for the second it took.
    const { user } = JSON.parse(output.trim().split('\n').at(-1)!)
    expect(user / 1e6).toBeLessThan(seconds)
  },
)

it('a process whose client was closed in vain ends with that, and keeps the events in the file', async () => {
  const path = join(directory, 'closed.queue')
  const { code, output } = await run('http://127.0.0.1:1', 'close', path)
  expect(code, output).toBe(0)
  expect(output).toContain('{"queued":2500,"dropped":0}')
  expect(await run(server.url, 'end', path)).toMatchObject({ code: 0 })
  expect(await storedCount()).toBe(5000)
})
