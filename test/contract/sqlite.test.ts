import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, it } from 'vitest'
import { sqliteStore } from '../../src/sqlite.ts'
import { makeEvent, readLines, storeContract } from './store.ts'

const directory = mkdtempSync(join(tmpdir(), 'kronos-sqlite-'))
afterAll(() => rmSync(directory, { recursive: true }))
let count = 0
const newPath = () => join(directory, `${count++}.db`)

storeContract('sqlite', () => sqliteStore(newPath()))

it('opens its file at the first call, and finds its events there again', async () => {
  const path = newPath()
  const event = makeEvent(17959104000000001n, 7)
  const first = sqliteStore(path)
  expect(existsSync(path)).toBe(false)
  await first.insert('n', 's', [event])
  await first.close()
  const second = sqliteStore(path, { durability: 'normal' })
  expect(await readLines(second)).toEqual([event.text])
  await second.close()
})

it('commits what arrives together at once', async () => {
  const path = newPath()
  const store = sqliteStore(path)
  await store.insert('n', 's', [makeEvent(0n, 0)])
  const walBytes = () => readFileSync(`${path}-wal`).length
  const before = walBytes()
  await store.insert('n', 's', [makeEvent(1n, 0)])
  const single = walBytes() - before
  await Promise.all(Array.from({ length: 100 }, (_, n) => store.insert('n', 's', [makeEvent(2n, n)])))
  // A commit writes each page it changed anew: a hundred commits would write a hundred times as much.
  expect(walBytes() - before - single).toBeLessThan(10 * single)
  expect(await readLines(store)).toHaveLength(102)
  await store.close()
})

it('shares a file with another store', async () => {
  const path = newPath()
  const stores = [sqliteStore(path), sqliteStore(path)]
  const puts = stores.flatMap((store, s) =>
    Array.from({ length: 50 }, (_, n) =>
      store.insert('n', 's', [makeEvent(BigInt(n), s), makeEvent(BigInt(n), 9)]),
    ),
  )
  await Promise.all(puts)
  for (const store of stores) expect(await readLines(store)).toHaveLength(150)
  for (const store of stores) await store.close()
})

it('leaves the file of another program alone', async () => {
  const text = newPath()
  writeFileSync(text, 'not a database, but long enough to look at'.repeat(40))
  await expect(sqliteStore(text).insert('n', 's', [makeEvent(1n, 1)])).rejects.toThrow(text)
  expect(readFileSync(text, 'utf8')).toContain('not a database')
  const { default: Driver } = await import('libsql')
  const foreign = newPath()
  const database = new Driver(foreign)
  database.exec('CREATE TABLE mine (a)')
  database.close()
  const store = sqliteStore(foreign)
  await expect(readLines(store)).rejects.toThrow('is not a kronos database')
  expect(await store.isAlive()).toBe(false)
  await store.close()
})

it('says when the file is of a newer version, or in no folder', async () => {
  const path = newPath()
  const store = sqliteStore(path)
  await store.insert('n', 's', [makeEvent(1n, 1)])
  await store.close()
  const { default: Driver } = await import('libsql')
  const database = new Driver(path)
  database.exec('PRAGMA user_version = 99')
  database.close()
  await expect(readLines(sqliteStore(path))).rejects.toThrow('newer version')
  await expect(readLines(sqliteStore(join(directory, 'none', 'x.db')))).rejects.toThrow(/cannot open .*none/)
})

it('loses nothing acknowledged to kill -9', async () => {
  const path = newPath()
  const writer = `
    import { sqliteStore } from './dist/sqlite.js'
    const store = sqliteStore(${JSON.stringify(path)})
    const start = Number(process.argv[1])
    for (let n = start; ; n++) {
      const time = String(n).padStart(8, '0')
      const id = '13814000-1dd2-11b2-8000-0000' + time
      await store.insert('n', 's', [{ id, time: 0n, text: '{"@id":"' + id + '","@time":0}' }])
      process.stdout.write(id + '\\n')
    }`
  const acknowledged = new Set<string>()
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer, String(round * 1e6)])
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => acknowledged.add(line))
    while (acknowledged.size < (round + 1) * 20) await once(lines, 'line')
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  const store = sqliteStore(path)
  const ids = new Set((await readLines(store)).map((line) => line.slice(8, 44)))
  await store.close()
  expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([])
})
