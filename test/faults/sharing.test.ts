import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { serve } from '../../src/server.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { makeFolder, post, readNumbers, SOAK, startServer } from './server-process.ts'

const PUT = '/1.0/events/put'
const kronos = (...args: string[]) => promisify(execFile)(process.execPath, [resolve('dist/bin.js'), ...args])
const filler = 'x'.repeat(500)
const eventsOf = (numbers: readonly number[]) => numbers.map((n) => ({ '@time': n, n, filler }))
const range = (length: number, first = 0, step = 1) => Array.from({ length }, (_, n) => first + n * step)

it.each([
  ['sqlite', () => sqliteStore(join(makeFolder(), 'k.db'))],
  ['memory', () => memoryStore()],
] as const)(
  'a read of the %s store gives what exists throughout once, in order, while others put and delete',
  async (_, makeStore) => {
    const store = makeStore()
    const server = await serve({ store, port: 0 })
    const client = new KronosClient(server.url)
    // What stays are the multiples of 3; the others come and go.
    const kept = range(6000, 0, 3)
    await client.put(
      's',
      eventsOf(kept).map((event) => ({ ...event, '@time': BigInt(event['@time']) })),
    )
    let over = false
    let writes = 0
    const write = async (worker: number) => {
      for (let n = worker; !over; n = (n + 601) % 6000) {
        const time = BigInt(3 * n + 1 + (worker % 2))
        await client.put(
          's',
          range(5).map(() => ({ '@time': time, filler })),
        )
        await client.delete('s', time, time)
        writes++
      }
    }
    const writing = Promise.all(range(6).map(write))
    for (let round = 0; round < (SOAK ? 200 : 6); round++) {
      const order = round % 2 === 0 ? 'ascending' : 'descending'
      const ids = new Set<string>()
      const seen: number[] = []
      const writesBefore = writes
      for await (const event of client.get('s', 0n, 10n ** 9n, { order })) {
        expect(ids.has(event['@id'])).toBe(false)
        ids.add(event['@id'])
        if (event['n'] !== undefined) seen.push(Number(event['n']))
      }
      expect(seen).toEqual(order === 'ascending' ? kept : kept.toReversed())
      expect(writes).toBeGreaterThan(writesBefore)
    }
    over = true
    await writing
    await server.close()
    await store.close()
  },
  SOAK ? 600_000 : 60_000,
)

it('two servers on one file: both put, delete and read, and nothing is lost', async () => {
  const file = join(makeFolder(), 'k.db')
  const servers = await Promise.all([startServer(['--file', file]), startServer(['--file', file])])
  const statuses = new Map<number, number>()
  await Promise.all(
    servers.flatMap(({ url }, s) =>
      range(4).map(async (writer) => {
        for (let n = 0; n < 50; n++) {
          const numbers = range(3, 1000 * (10 * s + writer) + 3 * n)
          const answer = await post(url, PUT, {
            events: { s: eventsOf(numbers), [`w${s}${writer}`]: eventsOf([n]) },
          })
          statuses.set(answer!.status, (statuses.get(answer!.status) ?? 0) + 1)
          // A stream that is emptied goes, and comes again: under the other server's feet.
          const deleted = await post(url, '/1.0/events/delete', { stream: `w${s}${writer}`, end_time: n })
          expect(deleted!.status).toBe(200)
        }
      }),
    ),
  )
  expect([...statuses]).toEqual([[200, 400]])
  const expected = range(2).flatMap((s) => range(4).flatMap((writer) => range(150, 1000 * (10 * s + writer))))
  for (const { url } of servers) expect(await readNumbers(url, 's')).toEqual(expected)
})

it('kronos backup copies what is there at one moment, while a server goes on', async () => {
  const folder = makeFolder()
  const [file, copy] = [join(folder, 'k.db'), join(folder, 'copy.db')]
  const { url } = await startServer(['--file', file])
  let acknowledged = 0
  let over = false
  const writing = (async () => {
    // Both streams in one put, which is one commit: a copy has both or neither.
    for (let n = 0; !over; n++) {
      const answer = await post(url, PUT, { events: { a: eventsOf([n]), b: eventsOf([n]) } })
      expect(answer!.status).toBe(200)
      acknowledged = n + 1
    }
  })()
  await expect.poll(() => acknowledged).toBeGreaterThan(200)
  const atLeast = acknowledged
  await kronos('backup', '--file', file, copy)
  const atMost = acknowledged + 1
  await expect.poll(() => acknowledged).toBeGreaterThan(atMost + 50)
  over = true
  await writing
  const { url: second } = await startServer(['--file', copy])
  const [a, b] = [await readNumbers(second, 'a'), await readNumbers(second, 'b')]
  expect(a).toEqual(range(a.length))
  expect(b).toEqual(a)
  expect(a.length).toBeGreaterThanOrEqual(atLeast)
  expect(a.length).toBeLessThanOrEqual(atMost)
  expect(await readNumbers(url, 'a')).toHaveLength(acknowledged)
})

it('kronos backup overwrites nothing, and says what it misses', async () => {
  const folder = makeFolder()
  const [file, copy] = [join(folder, 'k.db'), join(folder, 'copy.db')]
  await expect(kronos('backup', '--file', file, copy)).rejects.toThrow(/there is no .*k\.db/)
  expect(existsSync(file)).toBe(false)
  const store = sqliteStore(file)
  await store.insert('n', 's', [])
  await kronos('backup', '--file', file, copy)
  const { size } = statSync(copy)
  await expect(kronos('backup', '--file', file, copy)).rejects.toThrow(/copy\.db/)
  expect(statSync(copy).size).toBe(size)
  expect(existsSync(`${copy}.unfinished`)).toBe(false)
  await store.close()
})
