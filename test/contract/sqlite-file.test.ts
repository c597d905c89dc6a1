import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Driver from 'libsql'
import { afterAll, expect, it } from 'vitest'
import { memoryStore } from '../../src/memory.ts'
import { boundAbove, boundBelow } from '../../src/protocol/event-id.ts'
import { HIGHEST_TIME, LOWEST_TIME } from '../../src/protocol/time.ts'
import { type Store, type StoredEvent, sqliteStore } from '../../src/sqlite.ts'
import { makeEvent, readLines } from './store.ts'

const directory = mkdtempSync(join(tmpdir(), 'kronos-file-'))
afterAll(() => rmSync(directory, { recursive: true }))
let count = 0
const newPath = () => join(directory, `${count++}.db`)
const manyEvents = (length: number, more: string) =>
  Array.from({ length }, (_, n) => makeEvent(BigInt(n), 1, more))

const retrieveAll = (store: Store) =>
  store.retrieve({
    namespace: 'n',
    stream: 's',
    after: boundBelow(LOWEST_TIME),
    before: boundAbove(HIGHEST_TIME),
    order: 'ascending',
  })

it('commits what was inserted before it is closed', async () => {
  const path = newPath()
  const store = sqliteStore(path)
  const inserts = [1n, 2n, 3n].map((time) => store.insert('n', 's', [makeEvent(time, 1)]))
  await store.close()
  await Promise.all(inserts)
  const again = sqliteStore(path)
  expect(await readLines(again)).toHaveLength(3)
  await again.close()
})

it('leaves no log behind when it is closed, and closes while others read', async () => {
  const path = newPath()
  const [store, reader] = [sqliteStore(path), new Driver(path)]
  await store.insert('n', 's', [makeEvent(1n, 1)])
  reader.exec('BEGIN; SELECT count(*) FROM event')
  const startedAt = performance.now()
  await store.close()
  expect(performance.now() - startedAt).toBeLessThan(2000)
  reader.exec('COMMIT')
  reader.close()
  const last = sqliteStore(path)
  expect(await readLines(last)).toHaveLength(1)
  await last.close()
  expect(existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0).toBe(false)
})

it('rejects an insert that fails, and not those that share its commit', async () => {
  const store = sqliteStore(newPath())
  const bad = { ...makeEvent(2n, 1), text: {} } as unknown as StoredEvent
  const inserts = [makeEvent(1n, 1), bad, makeEvent(3n, 1)].map((event) => store.insert('n', 's', [event]))
  const results = await Promise.allSettled(inserts)
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(await readLines(store)).toHaveLength(2)
  await store.close()
})

it('holds no snapshot between the chunks of a read', async () => {
  const path = newPath()
  const store = sqliteStore(path)
  await store.insert('n', 's', manyEvents(2000, `,"x":"${'y'.repeat(2000)}"`))
  const chunks = retrieveAll(store)[Symbol.asyncIterator]()
  await chunks.next()
  await store.insert('n', 's', [makeEvent(9999n, 1)])
  const other = new Driver(path)
  other.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  other.close()
  expect(statSync(`${path}-wal`).size).toBe(0)
  await store.close()
})

it('reads large events one by one', async () => {
  const store = sqliteStore(newPath())
  const more = `,"x":"${'y'.repeat(8e6)}"`
  for (let n = 0; n < 60; n++) await store.insert('n', 's', [makeEvent(BigInt(n), 1, more)])
  const before = process.memoryUsage().rss
  const chunks = retrieveAll(store)[Symbol.asyncIterator]()
  await chunks.next()
  expect(process.memoryUsage().rss - before).toBeLessThan(150e6)
  await store.close()
})

it.each([
  ['sqlite', () => sqliteStore(newPath())],
  ['memory', () => memoryStore()],
] as const)('bounds a chunk of the %s store in bytes, not in characters', async (_, makeStore) => {
  const store = makeStore()
  await store.insert('n', 's', manyEvents(2000, `,"x":"${'語'.repeat(1000)}"`))
  let chunks = 0
  for await (const chunk of retrieveAll(store)) {
    expect(Buffer.byteLength(chunk)).toBeLessThanOrEqual(2 ** 20)
    chunks++
  }
  expect(chunks).toBeGreaterThan(5)
  await store.close()
})

it('leaves an empty database alone that another program has marked', async () => {
  const path = newPath()
  const foreign = new Driver(path)
  foreign.exec('PRAGMA application_id = 77')
  foreign.close()
  await expect(sqliteStore(path).insert('n', 's', [makeEvent(1n, 1)])).rejects.toThrow(
    'not a kronos database',
  )
})
