import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { serve } from '../../src/server.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { makeFolder, post, readNumbers, startServer } from './server-process.ts'

/** Mounts a disk of its own, of so many mebibytes; `undefined` where this user can't. */
function mountDisk(mib: number): string | undefined {
  const folder = makeFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]))
  return folder
}

const put = (url: string, n: number, filler = '') =>
  post(url, '/1.0/events/put', { events: { s: [{ '@time': n, n, filler }] } })
const remove = (url: string, start: number, end: number) =>
  post(url, '/1.0/events/delete', { stream: 's', start_time: start, end_time: end })

it('a full disk is a 503, loses nothing, leaves reading, and is over when there is space', async ({
  skip,
}) => {
  const folder = mountDisk(4)
  if (!folder) return skip(`nothing can be mounted in ${tmpdir()} by this user`)
  const ballast = join(folder, 'ballast')
  writeFileSync(ballast, Buffer.alloc(1024 * 1024))
  const { url, kill } = await startServer(['--file', join(folder, 'k.db')])
  const stored: number[] = []
  let refused: Awaited<ReturnType<typeof put>>
  for (let n = 0; !refused; n++) {
    const answer = await put(url, n, 'x'.repeat(20_000))
    if (answer!.status === 200) stored.push(n)
    else refused = answer
  }
  expect(stored.length).toBeGreaterThan(20)
  expect(refused.status).toBe(503)
  expect(JSON.parse(refused.body)).toMatchObject({
    s: { sqlite: { num_inserted: -1 } },
    '@success': false,
    '@errors': [expect.stringMatching(/full|disk/)],
  })
  // Nothing becomes of it however often it is tried, and it is not half there.
  expect((await put(url, 1e6, 'x'.repeat(20_000)))!.status).toBe(503)
  expect(await readNumbers(url, 's')).toEqual(stored)
  rmSync(ballast)
  expect((await put(url, 1e6, 'x'.repeat(20_000)))!.status).toBe(200)
  expect(await readNumbers(url, 's')).toEqual([...stored, 1e6])
  await kill('SIGTERM')
  const again = await startServer(['--file', join(folder, 'k.db')])
  expect(await readNumbers(again.url, 's')).toEqual([...stored, 1e6])
})

it('a disk that is full can be made room on by deleting', async ({ skip }) => {
  const folder = mountDisk(4)
  if (!folder) return skip(`nothing can be mounted in ${tmpdir()} by this user`)
  const { url } = await startServer(['--file', join(folder, 'k.db')])
  let n = 0
  while ((await put(url, n, 'x'.repeat(20_000)))!.status === 200) n++
  // Deleting needs room for its own log, a little at a time; what is refused is a 503 too.
  const statuses = new Set<number>()
  for (let at = 0; at < n; at += 5) statuses.add((await remove(url, at, at + 4))!.status)
  expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([])
  if (statuses.has(200)) {
    await expect.poll(async () => (await put(url, 1e6, 'small'))!.status).toBe(200)
  }
})

it('a disk that is read-only is a 503, and is over when it can be written', async ({ skip }) => {
  const folder = mountDisk(8)
  if (!folder) return skip(`nothing can be mounted in ${tmpdir()} by this user`)
  const file = join(folder, 'k.db')
  const { url, kill } = await startServer(['--file', file])
  expect((await put(url, 1))!.status).toBe(200)
  await kill('SIGTERM')
  execFileSync('mount', ['-o', 'remount,ro', folder])
  await expect(startServer(['--file', file])).rejects.toThrow(/cannot open .*k\.db: it can only be read/)
  const server = await serve({ store: sqliteStore(file), port: 0 })
  onTestFinished(() => server.close())
  for (const answer of [await put(server.url, 2), await remove(server.url, 1, 1)]) {
    expect([answer!.status, answer!.body]).toEqual([503, expect.stringContaining('it can only be read')])
  }
  execFileSync('mount', ['-o', 'remount,rw', folder])
  expect((await put(server.url, 2))!.status).toBe(200)
  expect((await remove(server.url, 1, 1))!.status).toBe(200)
  expect(await readNumbers(server.url, 's')).toEqual([2])
})
