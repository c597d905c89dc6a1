import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeFolder, post, type ServerProcess, startServer } from './server-process.ts'

const COUNT = 100

/** Whether the syscalls of a process can be watched here. */
function canTrace(): boolean {
  try {
    execFileSync('strace', ['-f', '-e', 'trace=fdatasync', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const put = (url: string, n: number) => post(url, '/1.0/events/put', { events: { s: [{ '@time': n, n }] } })

/** A server whose waits for the disk are counted from outside, as the kernel sees them. */
async function startTraced(...args: string[]): Promise<{ server: ServerProcess; syncs: () => number }> {
  const folder = makeFolder()
  const trace = join(folder, 'trace')
  // As the server's child (-D), so that signals reach the server.
  const strace = ['strace', '-D', '-f', '-qq', '-e', 'trace=fsync,fdatasync', '-o', trace]
  const server = await startServer(['--file', join(folder, 'k.db'), ...args], strace)
  await put(server.url, 0)
  return { server, syncs: () => readFileSync(trace, 'utf8').split(/ f(?:data)?sync\(/).length - 1 }
}

it('an answer means on disk: single puts wait for it each, puts at a time together', async ({ skip }) => {
  if (!canTrace()) skip('no strace here, or not allowed: apt-get install strace')
  const { server, syncs } = await startTraced()
  let before = syncs()
  for (let n = 1; n <= COUNT; n++) {
    const seen = syncs()
    expect((await put(server.url, n))!.status).toBe(200)
    // It was called before the answer came, not at some time after.
    expect(syncs()).toBeGreaterThan(seen)
  }
  const single = syncs() - before
  before = syncs()
  const answers = await Promise.all(Array.from({ length: COUNT }, (_, n) => put(server.url, COUNT + n)))
  expect(answers.map((answer) => answer?.status)).toEqual(Array(COUNT).fill(200))
  const together = syncs() - before
  console.log(`${COUNT} puts: ${single} syncs one by one, ${together} at a time`)
  expect(single).toBeGreaterThanOrEqual(COUNT)
  expect(together).toBeGreaterThan(0)
  expect(together).toBeLessThan(COUNT / 3)
})

it('with durability normal no put waits for the disk, which is what it risks', async ({ skip }) => {
  if (!canTrace()) skip('no strace here, or not allowed: apt-get install strace')
  const { server, syncs } = await startTraced('--durability', 'normal')
  const before = syncs()
  for (let n = 1; n <= COUNT; n++) await put(server.url, n)
  expect(syncs() - before).toBeLessThan(COUNT / 10)
})
