import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boundAbove, boundBelow, compareIds, makeId } from '../../src/protocol/event-id.ts'
import { HIGHEST_TIME, LOWEST_TIME } from '../../src/protocol/time.ts'
import type { RangeQuery, Store, StoredEvent } from '../../src/store/store.ts'

export function makeEvent(time: bigint, n: number, more = ''): StoredEvent {
  const id = makeId(time, n.toString(16).padStart(15, '0'))
  return { id, time, text: `{"@id":"${id}","@time":${time}${more}}` }
}

const ALL = { after: boundBelow(LOWEST_TIME), before: boundAbove(HIGHEST_TIME) }

export async function readLines(store: Store, query: Partial<RangeQuery> = {}): Promise<string[]> {
  const range: RangeQuery = { namespace: 'n', stream: 's', ...ALL, order: 'ascending', ...query }
  let text = ''
  for await (const chunk of store.retrieve(range)) {
    expect(chunk.endsWith('\r\n')).toBe(true)
    text += chunk
  }
  return text === '' ? [] : text.slice(0, -2).split('\r\n')
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What every store must do. */
export function storeContract(name: string, makeStore: () => Store | Promise<Store>): void {
  describe(`the ${name} store`, () => {
    let store: Store
    beforeEach(async () => {
      store = await makeStore()
    })
    afterEach(() => store.close())

    const remove = (query: Partial<RangeQuery>) =>
      store.delete({ namespace: 'n', stream: 's', ...ALL, order: 'ascending', ...query })

    it('has its name and is alive', async () => {
      expect(store.name).toBe(name)
      expect(await store.isAlive()).toBe(true)
    })

    it('keeps events by id: again is no error and no change', async () => {
      const [first, second] = [makeEvent(1n, 1), makeEvent(1n, 2)]
      await store.insert('n', 's', [first, second])
      await store.insert('n', 's', [{ ...first, text: 'other' }, second, second])
      await store.insert('n', 's', [])
      expect(await readLines(store)).toEqual([first.text, second.text])
    })

    it('keeps each text to the byte', async () => {
      const texts = [
        ',"a":1.0,"b":12345678901234567890',
        ',"t":"é😀\u2028\\u0000"',
        `,"long":"${'x'.repeat(3e6)}"`,
      ]
      const events = texts.map((text, n) => makeEvent(BigInt(n), n, text))
      await store.insert('n', 's', events)
      expect(await readLines(store)).toEqual(events.map(({ text }) => text))
    })

    it('orders by time, then by the id’s bytes, unsigned, from the lowest time to the highest', async () => {
      const tails = [0, 1, 0x7fff_ffff, 0x8000_0000, 2 ** 52]
      const times = [LOWEST_TIME, -1n, 0n, 17959104000000001n, 17959104000000002n, HIGHEST_TIME]
      const events = times.flatMap((time) => tails.map((tail) => makeEvent(time, tail)))
      const highest = { ...makeEvent(0n, 0), id: makeId(0n, 'f'.repeat(15)) }
      events.push({ ...highest, text: `{"@id":"${highest.id}","@time":0}` })
      await store.insert(
        'n',
        's',
        events.toSorted(() => 0.5 - Math.random()),
      )
      const sorted = events.toSorted((a, b) => compareIds(a.id, b.id)).map(({ text }) => text)
      expect(await readLines(store)).toEqual(sorted)
      expect(await readLines(store, { order: 'descending' })).toEqual(sorted.toReversed())
    })

    it('reads, bounds and deletes ranges as a sorted list does', async () => {
      const id = fc.record({ time: fc.bigInt({ min: -2n, max: 3n }), n: fc.nat(4) })
      const bound = fc.oneof(
        id.map(({ time, n }) => makeEvent(time, n).id),
        fc.bigInt({ min: -3n, max: 4n }).map(boundBelow),
        fc.bigInt({ min: -3n, max: 4n }).map(boundAbove),
      )
      const order = fc.constantFrom('ascending' as const, 'descending' as const)
      const query = fc.record({ after: bound, before: bound, order, limit: fc.integer({ min: 1, max: 9 }) })
      let run = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(id)),
          fc.array(query),
          query,
          async (batches, queries, deleted) => {
            const stream = `s${run++}`
            const model = new Map<string, string>()
            for (const batch of batches) {
              const events = batch.map(({ time, n }) => makeEvent(time, n))
              for (const event of events) model.set(event.id, event.text)
              await store.insert('n', stream, events)
            }
            const select = ({ after, before }: { after: string; before: string }) =>
              [...model.keys()].filter((key) => compareIds(key, after) > 0 && compareIds(key, before) < 0)
            const check = async () => {
              for (const range of queries) {
                const ids = select(range).sort(compareIds)
                if (range.order === 'descending') ids.reverse()
                const expected = ids.slice(0, range.limit).map((key) => model.get(key))
                expect(await readLines(store, { stream, ...range })).toEqual(expected)
              }
            }
            await check()
            const gone = select(deleted)
            expect(await remove({ stream, ...deleted })).toBe(gone.length)
            for (const key of gone) model.delete(key)
            await check()
          },
        ),
        { numRuns: 40 },
      )
    })

    it('counts buckets as a sorted list does, if it counts at all', async () => {
      const time = fc.oneof(
        fc.bigInt({ min: -9n, max: 40n }),
        fc.bigInt({ min: LOWEST_TIME, max: LOWEST_TIME + 9n }),
        fc.bigInt({ min: HIGHEST_TIME - 9n, max: HIGHEST_TIME }),
      )
      const width = fc.oneof(fc.bigInt({ min: 1n, max: 9n }), fc.constantFrom(2n ** 60n, 2n ** 63n))
      let run = 0
      await fc.assert(
        fc.asyncProperty(fc.array(time), time, time, width, async (times, start, end, wide) => {
          const stream = `h${run++}`
          await store.insert(
            'n',
            stream,
            times.map((at, n) => makeEvent(at, n)),
          )
          const narrow = end - start < 100n ? wide : 2n ** 60n
          if (start > end) return
          const counts = new Map<number, number>()
          for (const at of times.filter((one) => one >= start && one <= end)) {
            const bucket = Number((at - start) / narrow)
            counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
          }
          const query = { namespace: 'n', stream, start, end, width: narrow }
          const expected = [...counts].sort(([a], [b]) => a - b)
          expect(await (store.histogram?.(query) ?? expected)).toEqual(expected)
        }),
        { numRuns: 60 },
      )
      const query = { namespace: 'n', stream: 'never', start: 0n, end: 9n, width: 1n }
      expect(await (store.histogram?.(query) ?? [])).toEqual([])
    })

    it('gives chunks of about a mebibyte, or one event', async () => {
      const sizes = [200, 200, 900_000, 300_000, 3_000_000, 200, 200, ...Array<number>(9000).fill(200)]
      const events = sizes.map((size, n) => makeEvent(BigInt(n), n, `,"x":"${'y'.repeat(size)}"`))
      await store.insert('n', 's', events)
      const chunks = await collect(
        store.retrieve({ namespace: 'n', stream: 's', ...ALL, order: 'descending' }),
      )
      expect(chunks.length).toBeGreaterThan(4)
      for (const chunk of chunks) {
        const lines = chunk.split('\r\n').length - 1
        expect(lines === 1 || chunk.length < 1.1 * 2 ** 20).toBe(true)
      }
      expect(chunks.join('').split('\r\n').length - 1).toBe(events.length)
    })

    it.each(['ascending', 'descending'] as const)(
      'reads consistently while others write, %s',
      async (order) => {
        const filler = `,"x":"${'y'.repeat(2000)}"`
        const kept = Array.from({ length: 3000 }, (_, n) => makeEvent(BigInt(2 * n), 1, filler))
        await store.insert('n', 's', kept)
        const seen: string[] = []
        let n = 0
        for await (const chunk of store.retrieve({ namespace: 'n', stream: 's', ...ALL, order })) {
          seen.push(...chunk.trimEnd().split('\r\n'))
          await store.insert(
            'n',
            's',
            Array.from({ length: 50 }, () => makeEvent(BigInt(2 * ((n++ * 37) % 3000) + 1), n)),
          )
          await remove({ after: boundBelow(1n), before: boundAbove(1n) })
        }
        const texts = new Set(kept.map(({ text }) => text))
        const expected = order === 'ascending' ? [...texts] : [...texts].reverse()
        expect(seen.filter((text) => texts.has(text))).toEqual(expected)
        expect(new Set(seen).size).toBe(seen.length)
      },
    )

    it('lists the streams and namespaces that hold an event, and no others', async () => {
      await store.insert('b', '__proto__', [makeEvent(1n, 1)])
      await store.insert('__proto__', 'z', [makeEvent(1n, 1)])
      await store.insert('b', 'a', [makeEvent(1n, 1)])
      expect(await readLines(store, { namespace: 'b', stream: 'never' })).toEqual([])
      expect(await collect(store.streams('b'))).toEqual(['__proto__', 'a'])
      expect(await collect(store.streams('never'))).toEqual([])
      expect(await collect(store.namespaces())).toEqual(['__proto__', 'b'])
      expect(await remove({ namespace: 'b', stream: 'a' })).toBe(1)
      expect(await remove({ namespace: 'b', stream: 'a' })).toBe(0)
      expect(await remove({ namespace: '__proto__', stream: 'z' })).toBe(1)
      expect(await collect(store.streams('b'))).toEqual(['__proto__'])
      expect(await collect(store.namespaces())).toEqual(['b'])
    })

    it('refuses calls once it is closed, and may be closed again', async () => {
      await store.insert('n', 's', [makeEvent(1n, 1)])
      await store.close()
      await store.close()
      expect(await store.isAlive()).toBe(false)
      await expect(store.insert('n', 's', [makeEvent(2n, 1)])).rejects.toThrow(/closed/)
      await expect(readLines(store)).rejects.toThrow(/closed/)
    })
  })
}
