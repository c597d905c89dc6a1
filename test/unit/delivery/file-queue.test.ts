import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Batch } from '../../../src/delivery/batch.ts'
import type { StoredBatch } from '../../../src/delivery/queue.ts'
import { fileQueue } from '../../../src/durable.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'kronos-queue-'))
  path = join(folder, 'events.queue')
})
afterEach(() => {
  vi.restoreAllMocks()
  fs.rmSync(folder, { recursive: true })
})

const known = () => false
const size = () => fs.statSync(path).size
const texts = (batches: readonly StoredBatch[]) => batches.map(({ events }) => events.map(({ text }) => text))

/** A batch with events put into a queue. */
function fill(queue: ReturnType<typeof fileQueue>, key: string, count: number, text = '{"a":"é"}') {
  const batch = new Batch(key, 'kronos')
  for (let i = 0; i < count; i++) queue.add(batch, batch.add(`s${i % 2}`, text, Buffer.byteLength(text)))
  return batch
}

async function reopen(queue?: ReturnType<typeof fileQueue>) {
  await queue?.close()
  const next = fileQueue(path)
  return { queue: next, batches: await next.recover(2 ** 26, known) }
}

it('has what was added, in its places, and not what was removed', async () => {
  const queue = fileQueue(path)
  expect(await queue.recover(2 ** 26, known)).toEqual([])
  const whole = fill(queue, 'k1', 3)
  fill(queue, 'k2', 2)
  queue.remove(fill(queue, 'k3', 2).key, 1)
  queue.remove('k2', 0)
  await queue.settle()
  const { queue: next, batches } = await reopen(queue)
  expect(batches).toEqual([
    { key: 'k1', namespace: 'kronos', events: whole.events },
    {
      key: 'k2',
      namespace: 'kronos',
      events: [{ position: 1, stream: 's1', index: 0, text: '{"a":"é"}', bytes: 10 }],
    },
  ])
  await next.close()
})

it('gives out no more than has room, and the rest later', async () => {
  const queue = fileQueue(path)
  for (const key of ['k1', 'k2', 'k3']) fill(queue, key, 10)
  await queue.close()
  const next = fileQueue(path)
  expect((await next.recover(120, known)).map(({ key }) => key)).toEqual(['k1'])
  expect((await next.recover(2 ** 20, known)).map(({ key }) => key)).toEqual(['k2', 'k3'])
  await next.close()
})

it('shrinks to nothing when all is delivered, and by half while it is not', async () => {
  const queue = fileQueue(path)
  const empty = size()
  const text = JSON.stringify({ text: 'x'.repeat(1000) })
  let most = 0
  for (let n = 0; n < 100; n++) {
    fill(queue, `k${n}`, 100, text)
    if (n >= 3) queue.remove(`k${n - 3}`, 99)
    most = Math.max(most, size())
  }
  // Four batches of 100 kB are never done; ten megabytes went through.
  expect(most).toBeLessThan(2_200_000)
  await queue.close()
  const { queue: next, batches } = await reopen()
  expect(batches.map(({ key }) => key)).toEqual(['k97', 'k98', 'k99'])
  for (const { key } of batches) next.remove(key, 99)
  expect(size()).toBe(empty)
  await next.close()
})

it('passes over a record that is damaged, and keeps apart what it leaves a gap between', async () => {
  const queue = fileQueue(path)
  fill(queue, 'k1', 6)
  await queue.close()
  const lines = fs.readFileSync(path, 'utf8').split('\n')
  lines[3] = lines[3]!.replace('"a"', '"b"')
  fs.writeFileSync(path, lines.join('\n'))
  const { queue: next, batches } = await reopen()
  expect(batches.map(({ key, events }) => [key, events.map(({ position }) => position)])).toEqual([
    ['k1', [0, 1, 3]],
    ['k1', [4, 5]],
  ])
  await next.close()
})

it('has every whole record of a file that ends anywhere', () =>
  fc.assert(
    fc.asyncProperty(fc.nat(), fc.boolean(), async (at, garbage) => {
      fs.rmSync(path, { force: true })
      const queue = fileQueue(path)
      fill(queue, 'k1', 5)
      await queue.close()
      const bytes = fs.readFileSync(path)
      const cut = at % (bytes.length + 1)
      fs.writeFileSync(path, bytes.subarray(0, cut))
      if (garbage && cut > 15) fs.appendFileSync(path, Buffer.alloc(30))
      const whole = bytes.subarray(0, cut).toString().split('\n').slice(1, -1).length
      const { queue: next, batches } = await reopen()
      expect(texts(batches).flat()).toHaveLength(whole)
      fill(next, 'k2', 2)
      const { queue: last, batches: then } = await reopen(next)
      expect(texts(then).flat()).toHaveLength(whole + 2)
      await last.close()
    }),
    { numRuns: 60 },
  ))

it('keeps a text with line ends on one line', async () => {
  const queue = fileQueue(path)
  fill(queue, 'k1', 1, '{\r\n"a": "\\n"\n}')
  const { queue: next, batches } = await reopen(queue)
  expect(texts(batches)).toEqual([['{  "a": "\\n" }']])
  await next.close()
})

it('leaves alone a file that is something else', () => {
  fs.writeFileSync(path, 'SQLite format 3\0')
  expect(() => fileQueue(path)).toThrow('path: expected a new file, or one of a queue')
  expect(fs.readFileSync(path, 'utf8')).toBe('SQLite format 3\0')
  expect(fs.readdirSync(folder)).toEqual(['events.queue'])
  expect(() => fileQueue('')).toThrow('path: expected the path of a file')
})

describe('one owner at a time', () => {
  it('is this process already', async () => {
    const queue = fileQueue(path)
    expect(() => fileQueue(path)).toThrow(`in use (process ${process.pid} has it)`)
    await queue.close()
    await fileQueue(path).close()
    expect(fs.readdirSync(folder)).toEqual(['events.queue'])
  })

  it('is gone: a process with the same number is another', async () => {
    fs.writeFileSync(`${path}.lock`, JSON.stringify({ pid: process.pid, started: 'another boot 1' }))
    await fileQueue(path).close()
    const { pid } = spawnSync('true')
    fs.writeFileSync(`${path}.lock`, JSON.stringify({ pid, started: 'another boot 1' }))
    await fileQueue(path).close()
  })
})

describe('a disk that is full', () => {
  it('is told of once, loses no record before or after, and leaves no half of one', async () => {
    const queue = fileQueue(path)
    fill(queue, 'k1', 2)
    const { writeSync } = fs
    // Half of it is written, then there is no room.
    const full = vi.spyOn(process.getBuiltinModule('node:fs'), 'writeSync').mockImplementation(((
      file: number,
      bytes: Buffer,
      offset: number,
      length: number,
      position: number,
    ) => {
      if (length < 20) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      return writeSync(file, bytes, offset, length >> 1, position)
    }) as typeof writeSync)
    fill(queue, 'k2', 2)
    await expect(queue.settle()).rejects.toThrow('ENOSPC')
    await queue.settle()
    full.mockRestore()
    fill(queue, 'k3', 2)
    await queue.settle()
    const { queue: next, batches } = await reopen(queue)
    expect(batches.map(({ key }) => key)).toEqual(['k1', 'k3'])
    await next.close()
  })
})
