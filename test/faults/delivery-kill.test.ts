import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { serve } from '../../src/server.ts'
import { Dice } from './random.ts'

const KILLS = process.env['KRONOS_SOAK'] ? 1000 : 40
const SEED = Number(process.env['KRONOS_SEED'] ?? 1)
const execute = promisify(execFile)
const LONG = { timeout: 3_600_000 }
const program = (name: string) => resolve(import.meta.dirname, 'programs', name)
const directory = mkdtempSync(join(tmpdir(), 'kronos-kill-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** How often each number is stored. */
async function countStored(url: string): Promise<Map<number, number>> {
  const counts = new Map<number, number>()
  const client = new KronosClient(url)
  for await (const stream of client.getStreams()) {
    for await (const event of client.get(stream)) {
      const n = event['n'] as number
      counts.set(n, (counts.get(n) ?? 0) + 1)
    }
  }
  return counts
}

it(`the client is killed ${KILLS} times: a file queue delivers all that was put, once`, LONG, async () => {
  const dice = new Dice(SEED)
  const server = await serve({ store: memoryStore(), port: 0 })
  onTestFinished(() => server.close())
  const queue = join(directory, 'client.queue')
  const log = join(directory, 'accepted')
  for (let kill = 0; kill < KILLS; kill++) {
    const client = spawn(
      process.execPath,
      [program('put-until-killed.js'), server.url, queue, log, `${kill * 1e6}`],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    await setTimeout(dice.integer(100, 400))
    client.kill('SIGKILL')
    expect(await once(client, 'exit'), 'it ran until it was killed').toEqual([null, 'SIGKILL'])
  }
  const { stdout } = await execute(process.execPath, [program('deliver.js'), server.url, queue])
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ queued: 0, dropped: { rejected: 0, refused: 0 } })

  const accepted = readFileSync(log, 'utf8').trim().split('\n').map(Number)
  const stored = await countStored(server.url)
  expect(accepted.length).toBeGreaterThan(KILLS * 20)
  expect(accepted.filter((n) => stored.get(n) !== 1)).toEqual([])
  // One event of each run may be put and not written down.
  expect([...stored.values()].every((times) => times === 1)).toBe(true)
  expect(stored.size).toBeLessThanOrEqual(accepted.length + KILLS)
})

it(`the server is killed ${KILLS} times: all that was put is stored once`, LONG, async () => {
  const dice = new Dice(SEED)
  const file = join(directory, 'server.db')
  let port = 0
  let url = ''
  const start = async () => {
    const server = spawn(process.execPath, [
      resolve('dist/bin.js'),
      'serve',
      '--file',
      file,
      '--port',
      `${port}`,
    ])
    let told = ''
    while (!told.includes('listening')) told += (await once(server.stderr, 'data'))[0]
    url = /http:\S+\d/.exec(told)![0]
    port = Number(new URL(url).port)
    return server
  }
  let server = await start()
  onTestFinished(() => void server.kill('SIGKILL'))
  const client = new KronosClient(url, {
    blocking: false,
    flushInterval: 5,
    maxBatchEvents: 50,
    retry: { minDelay: 5, maxDelay: 50 },
  })
  let n = 0
  const put = () => {
    // No more than the queue has room for: kills come faster than what waits can be sent.
    if (client.stats().queued > 10_000) return
    for (let i = 0; i < 20; i++, n++) client.put(`s${n % 3}`, { n })
  }
  const putting = setInterval(put, 3)
  onTestFinished(() => clearInterval(putting))
  for (let kill = 0; kill < KILLS; kill++) {
    await setTimeout(dice.integer(20, 200))
    server.kill('SIGKILL')
    await once(server, 'exit')
    server = await start()
  }
  clearInterval(putting)
  expect(await client.flush()).toEqual({ queued: 0, dropped: 0 })
  expect(client.stats()).toMatchObject({ accepted: n, delivered: n })
  const stored = await countStored(url)
  expect(stored.size).toBe(n)
  expect([...stored.values()].every((times) => times === 1)).toBe(true)
  await client.close()
})
