import { describe, expect, it } from 'vitest'
import { chooseWidth, readTime, resolveRange, showTime, widen } from '../../../src/explorer/ranges.ts'
import { KronosClient, toKronosTime } from '../../../src/index.ts'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler } from '../../../src/server.ts'

it.each<[bigint, bigint]>([
  [1n, 1n],
  [120n, 1n],
  [121n, 10n],
  [36_000_000_000n, 300_000_000n],
  [6n * 24n * 36_000_000_000n, 108_000_000_000n],
])('a range of %s ticks has buckets of %s', (length, width) => {
  expect(chooseWidth({ start: 7n, end: 7n + length - 1n }, 120)).toBe(width)
})

it('all there is has at most so many buckets', () => {
  const all = { start: -122192928000000000n, end: 1030728576606846975n }
  const width = chooseWidth(all, 120)
  expect((all.end - all.start + width) / width <= 120n).toBe(true)
})

describe('resolveRange', () => {
  it('takes all there is, from where a bucket begins', async () => {
    const client = new KronosClient(createHandler({ store: memoryStore() }).fetch)
    expect(await resolveRange(client, 's', 'all', 120)).toBeUndefined()
    await client.put('s', [
      { '@time': '2026-01-01T00:10:07Z' },
      { '@time': '2026-01-01T01:00:00Z' },
      { '@time': -1n },
    ])
    await client.delete('s', -1n, -1n)
    expect(await resolveRange(client, 's', 'all', 120)).toEqual({
      start: toKronosTime('2026-01-01T00:10:00Z'),
      end: toKronosTime('2026-01-01T01:00:00Z'),
    })
    const exact = { from: 3n, to: 17n }
    expect(await resolveRange(client, 's', exact, 120)).toEqual({ start: 3n, end: 17n })
  })
})

it.each([
  ['2026-11-24 12:00', '2026-11-24 12:00:00'],
  ['2026-11-24T12:00:00.0000001Z', '2026-11-24 12:00:00.0000001'],
  ['2026-11-24T12:00:00.1200000Z', '2026-11-24 12:00:00.12'],
  ['17959104000000001', '2026-11-29 00:00:00.0000001'],
  ['-10000000', '1969-12-31 23:59:59'],
])('the time %s is shown as %s, and read as the same', (text, shown) => {
  const time = readTime(text, 'from')
  expect(showTime(time)).toBe(shown)
  expect(readTime(shown, 'from')).toBe(time)
})

it('widen stays within what there may be', () => {
  expect(widen({ start: 100n, end: 200n })).toEqual({ start: 49n, end: 251n })
  const all = { start: -122192928000000000n, end: 1030728576606846975n }
  expect(widen(all)).toEqual(all)
})
