import { describe, expect, it } from 'vitest'
import { KronosClient, QueryCache, type Transport } from '../../../src/index.ts'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler } from '../../../src/server.ts'

const HOUR = 3_600_000
const T0 = Date.UTC(2026, 0, 1)
const OPTIONS = { key: 'clicks.hourly', bucketWidth: HOUR, scratchNamespace: 'cache' }

function setUp(wrap: (fetch: Transport) => Transport = (fetch) => fetch) {
  const client = new KronosClient(wrap(createHandler({ store: memoryStore() }).fetch))
  const asked: number[] = []
  const makeCache = (version = 1) =>
    new QueryCache(
      client,
      async function* (start, end) {
        asked.push((start.getTime() - T0) / HOUR)
        expect(end.getTime() - start.getTime()).toBe(HOUR)
        yield { '@time': BigInt(start.getTime()) * 10_000n + 1n, hour: start.getUTCHours(), version }
        yield { big: 2n ** 60n }
      },
      OPTIONS,
    )
  return { client, asked, cache: makeCache(), makeCache }
}

async function collect(items: AsyncIterable<object>): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = []
  for await (const item of items) found.push(item as Record<string, unknown>)
  return found
}

const hours = (rows: readonly Record<string, unknown>[]) =>
  rows.map(({ hour }) => hour).filter((hour) => hour !== undefined)
const at = (hour: number) => new Date(T0 + hour * HOUR)

describe('QueryCache', () => {
  it('computes each bucket once, and gives the same results from then on', async () => {
    const { asked, cache, makeCache } = setUp()
    const first = await collect(cache.computeAndCacheMissingBuckets(at(0), at(2)))
    expect(first[0]).toEqual({ '@time': BigInt(T0) * 10_000n + 1n, hour: 0, version: 1 })
    expect(hours(first)).toEqual([0, 1])
    const second = await collect(makeCache(2).computeAndCacheMissingBuckets(at(0), at(3)))
    expect(second.slice(0, 4)).toEqual(first)
    expect(asked).toEqual([0, 1, 2])
    expect(hours(await collect(cache.retrieveInterval(at(0), at(3))))).toEqual([0, 1, 2])
    expect(asked).toEqual([0, 1, 2])
  })

  it('takes whole buckets, whatever the ends', async () => {
    const { asked, cache } = setUp()
    await collect(cache.computeAndCacheMissingBuckets(T0 + HOUR / 2, T0 + HOUR + 1))
    expect(asked).toEqual([0, 1])
    await collect(cache.computeAndCacheMissingBuckets(-HOUR - 1, -HOUR))
    expect(asked.slice(2)).toEqual([(-2 * HOUR - T0) / HOUR])
    expect(await collect(cache.retrieveInterval(at(1), at(1)))).toEqual([])
  })

  it('retrieves what is cached, and computes the rest only when asked, without caching it', async () => {
    const { asked, cache } = setUp()
    await collect(cache.computeAndCacheMissingBuckets(at(1), at(2)))
    expect(hours(await collect(cache.retrieveInterval(at(0), at(3))))).toEqual([1])
    const computed = cache.retrieveInterval(at(0), at(3), { computeMissing: true })
    expect(hours(await collect(computed))).toEqual([0, 1, 2])
    expect(asked).toEqual([1, 0, 2])
    expect(hours(await collect(cache.retrieveInterval(at(0), at(3))))).toEqual([1])
  })

  it('does not cache what may still change', async () => {
    const { asked, cache } = setUp()
    const options = { untrustedTime: at(1.5) }
    expect(hours(await collect(cache.computeAndCacheMissingBuckets(at(0), at(3), options)))).toEqual([
      0, 1, 2,
    ])
    expect(hours(await collect(cache.retrieveInterval(at(0), at(3))))).toEqual([0])
    const now = new Date(Math.floor(Date.now() / HOUR) * HOUR)
    await collect(cache.computeAndCacheMissingBuckets(now, new Date()))
    expect(await collect(cache.retrieveInterval(now, new Date()))).toEqual([])
    expect(asked).toHaveLength(4)
  })

  it('computes again when forced', async () => {
    const { cache, makeCache } = setUp()
    await collect(cache.computeAndCacheMissingBuckets(at(0), at(2)))
    await collect(makeCache(2).computeAndCacheMissingBuckets(at(0), at(1), { forceRecompute: true }))
    const rows = await collect(cache.retrieveInterval(at(0), at(2)))
    expect(rows.map(({ version }) => version).filter(Boolean)).toEqual([2, 1])
  })

  it('takes a bucket with two entries for missing, and mends it', async () => {
    const { client, asked, cache } = setUp()
    for (let i = 0; i < 2; i++) {
      await client.put('clicks.hourly.3600000', { '@time': at(0), results: ['{}'] }, { namespace: 'cache' })
    }
    expect(await collect(cache.retrieveInterval(at(0), at(1)))).toEqual([])
    await collect(cache.computeAndCacheMissingBuckets(at(0), at(1)))
    expect(hours(await collect(cache.retrieveInterval(at(0), at(1))))).toEqual([0])
    expect(asked).toEqual([0])
  })

  it('is not corrupted by several at once', async () => {
    const { makeCache, cache } = setUp()
    const all = Array.from({ length: 8 }, (_, n) =>
      collect(makeCache(n).computeAndCacheMissingBuckets(at(0), at(10))),
    )
    for (const rows of await Promise.all(all)) expect(hours(rows)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const rows = await collect(cache.retrieveInterval(at(0), at(10)))
    expect(hours(rows)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(rows).toHaveLength(20)
  })

  it('leaves a bucket missing, never half, when the query or the put fails', async () => {
    let fail = false
    const { client, cache } = setUp((fetch) => async (request) => {
      if (fail && request.url.includes('/put')) return new Response('', { status: 400 })
      return fetch(request)
    })
    const broken = new QueryCache(
      client,
      function* () {
        yield { hour: 0 }
        throw new Error('query')
      },
      OPTIONS,
    )
    await expect(collect(broken.computeAndCacheMissingBuckets(at(0), at(1)))).rejects.toThrow('query')
    fail = true
    await expect(collect(cache.computeAndCacheMissingBuckets(at(0), at(1)))).rejects.toMatchObject({
      status: 400,
    })
    fail = false
    expect(await collect(cache.retrieveInterval(at(0), at(1)))).toEqual([])
  })

  it('keeps keys and widths apart', async () => {
    const { client, cache } = setUp()
    await collect(cache.computeAndCacheMissingBuckets(at(0), at(1)))
    const other = new QueryCache(client, () => [], { ...OPTIONS, key: 'other' })
    const wider = new QueryCache(client, () => [], { ...OPTIONS, bucketWidth: 2 * HOUR })
    expect(await collect(other.retrieveInterval(at(0), at(1)))).toEqual([])
    expect(await collect(wider.retrieveInterval(at(0), at(1)))).toEqual([])
  })

  it('refuses wrong options', async () => {
    const { client } = setUp()
    const make = (options: object) => () => new QueryCache(client, () => [], { ...OPTIONS, ...options })
    expect(make({ key: 'a b' })).toThrow('options.key: expected')
    expect(make({ bucketWidth: 1.5 })).toThrow('options.bucketWidth: expected whole milliseconds, got 1.5')
    expect(make({ scratchNamespace: '' })).toThrow('options.scratchNamespace')
    expect(make({ width: 1 })).toThrow('options.width')
    expect(() => new QueryCache(client, 1 as never, OPTIONS)).toThrow('query: expected a function')
    const cache = make({})()
    await expect(collect(cache.retrieveInterval('x', 1))).rejects.toThrow('start: expected')
    await expect(
      collect(cache.computeAndCacheMissingBuckets(0, 1, { force: true } as never)),
    ).rejects.toThrow('options.force')
  })
})
