import { KronosConnectionError, KronosValidationError } from '../protocol/errors.ts'
import { boundAbove, boundBelow, keyTime, sortKey } from '../protocol/event-id.ts'
import type { KronosTime } from '../protocol/time.ts'
import { checkNames } from './options.ts'
import { type Entry, SortedEvents } from './sorted-events.ts'
import type { Store } from './store.ts'

/** How a store in memory keeps events. */
export interface MemoryStoreOptions {
  /** The largest number of events in each stream; past it the oldest go. @default no limit */
  maxEvents?: number | undefined
}

/** In UTF-16 units, of which each takes at most 3 bytes: a chunk stays below 1 MiB. */
const MAX_CHUNK_UNITS = 340_000

/**
 * A store in the memory of this process: for tests, demos and what may be lost.
 *
 * @throws {KronosValidationError} for an option that makes no sense
 * @example memoryStore({ maxEvents: 100_000 })
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  checkNames(options, ['maxEvents'])
  const { maxEvents = Number.POSITIVE_INFINITY } = options
  if (options.maxEvents !== undefined && !(Number.isSafeInteger(maxEvents) && maxEvents > 0)) {
    throw new KronosValidationError('options.maxEvents', 'an integer of 1 or more', maxEvents)
  }
  // Streams and namespaces without an event are not there.
  const namespaces = new Map<string, Map<string, SortedEvents>>()
  let open = true

  function check(): void {
    if (!open) throw new KronosConnectionError('the memory store is closed')
  }

  return {
    name: 'memory',

    async insert(namespace, stream, events) {
      check()
      if (events.length === 0) return
      const streams = getOrAdd(namespaces, namespace, () => new Map<string, SortedEvents>())
      const sorted = getOrAdd(streams, stream, () => new SortedEvents())
      for (const { id, text } of events) sorted.add({ key: sortKey(id), text })
      sorted.keepNewest(maxEvents)
    },

    async *retrieve({ namespace, stream, order, limit = Number.POSITIVE_INFINITY, ...bounds }) {
      const range = { after: sortKey(bounds.after), before: sortKey(bounds.before) }
      for (let left = limit; left > 0; ) {
        check()
        // Found again for each chunk: in between events come and go, and the stream with them.
        const sorted = namespaces.get(namespace)?.get(stream)
        if (!sorted) return
        const { text, count, last } = readChunk(sorted[order](range.after, range.before), left)
        if (!last) return
        yield text
        range[order === 'ascending' ? 'after' : 'before'] = last.key
        left -= count
      }
    },

    async delete({ namespace, stream, after, before }) {
      check()
      const streams = namespaces.get(namespace)
      const sorted = streams?.get(stream)
      if (!streams || !sorted) return 0
      const count = sorted.delete(sortKey(after), sortKey(before))
      if (sorted.size === 0) streams.delete(stream)
      if (streams.size === 0) namespaces.delete(namespace)
      return count
    },

    async histogram({ namespace, stream, start, end, width }) {
      check()
      const sorted = namespaces.get(namespace)?.get(stream)
      return sorted ? countBuckets(sorted, start, end, width) : []
    },

    async *streams(namespace) {
      check()
      yield* [...(namespaces.get(namespace)?.keys() ?? [])].sort()
    },

    async *namespaces() {
      check()
      yield* [...namespaces.keys()].sort()
    },

    async isAlive() {
      return open
    },

    async close() {
      open = false
      namespaces.clear()
    },
  }
}

function getOrAdd<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}

/** Takes entries until a chunk is full, at least one if there is any. */
function readChunk(entries: Iterable<Entry>, limit: number) {
  let text = ''
  let count = 0
  let last: Entry | undefined
  for (const entry of entries) {
    if (last && text.length + entry.text.length + 2 > MAX_CHUNK_UNITS) break
    text += `${entry.text}\r\n`
    last = entry
    if (++count === limit) break
  }
  return { text, count, last }
}

/** Goes from one event to the bucket that it is in: what is empty costs nothing. */
function countBuckets(sorted: SortedEvents, start: KronosTime, end: KronosTime, width: bigint) {
  const buckets: [bucket: number, count: number][] = []
  const last = sortKey(boundAbove(end))
  for (let after = sortKey(boundBelow(start)); ; ) {
    const [first] = sorted.ascending(after, last)
    if (!first) return buckets
    const bucket = (keyTime(first.key) - start) / width
    const next = start + (bucket + 1n) * width
    const before = next > end ? last : sortKey(boundBelow(next))
    buckets.push([Number(bucket), sorted.countBelow(before) - sorted.countBelow(first.key)])
    after = before
  }
}
