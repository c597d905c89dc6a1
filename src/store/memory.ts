import { KronosError, KronosValidationError } from '../protocol/errors.ts'
import { sortKey } from '../protocol/event-id.ts'
import { chunkLines } from './chunk.ts'
import type { RangeQuery, Store, StoredEvent } from './store.ts'

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** How many events each stream keeps; past it the oldest go. @default no bound */
  maxEvents?: number | undefined
}

/** An event in its stream, which is sorted by key. */
interface Entry {
  readonly key: string
  readonly text: string
}

type Streams = Map<string, Entry[]>

/** How many events are read at a time, between which others may be put and deleted. */
const PAGE_EVENTS = 1000

/**
 * A store that keeps its events in memory, and forgets them when the process ends.
 *
 * @throws {KronosValidationError} naming the option that is wrong
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store {
  const { maxEvents = Number.POSITIVE_INFINITY, ...unknown } = options
  for (const name of Object.keys(unknown))
    throw new KronosValidationError(`options.${name}`, 'maxEvents', name)
  if (maxEvents !== Number.POSITIVE_INFINITY && !(Number.isInteger(maxEvents) && maxEvents > 0)) {
    throw new KronosValidationError('options.maxEvents', 'an integer from 1', maxEvents)
  }
  const namespaces = new Map<string, Streams>()
  let closed = false

  function find(namespace: string, stream: string): Entry[] {
    if (closed) throw new KronosError('connection', 'the memory store is closed')
    return namespaces.get(namespace)?.get(stream) ?? []
  }

  function* page(query: RangeQuery): Generator<string, number> {
    const { order, limit } = query
    let left = limit ?? Number.POSITIVE_INFINITY
    let { after, before } = { after: sortKey(query.after), before: sortKey(query.before) }
    while (left > 0) {
      // Looked up anew each time: the stream may have changed since the last page was taken.
      const entries = find(query.namespace, query.stream)
      const [from, to] = [above(entries, after), below(entries, before)]
      const count = Math.min(PAGE_EVENTS, left)
      const found =
        order === 'ascending'
          ? entries.slice(from, Math.min(to, from + count))
          : entries.slice(Math.max(from, to - count), Math.max(from, to)).reverse()
      if (found.length === 0) break
      for (const { text } of found) yield text
      left -= found.length
      if (order === 'ascending') after = found.at(-1)!.key
      else before = found.at(-1)!.key
    }
    return left
  }

  return {
    name: 'memory',
    async insert(namespace, stream, events) {
      find(namespace, stream)
      if (events.length === 0) return
      const streams: Streams = namespaces.get(namespace) ?? new Map()
      const entries = streams.get(stream) ?? []
      merge(entries, events)
      if (entries.length > maxEvents) entries.splice(0, entries.length - maxEvents)
      streams.set(stream, entries)
      namespaces.set(namespace, streams)
    },
    async *retrieve(query) {
      yield* chunkLines(page(query))
    },
    async delete({ namespace, stream, after, before }) {
      const entries = find(namespace, stream)
      const from = above(entries, sortKey(after))
      const count = Math.max(0, below(entries, sortKey(before)) - from)
      entries.splice(from, count)
      if (entries.length === 0) namespaces.get(namespace)?.delete(stream)
      if (namespaces.get(namespace)?.size === 0) namespaces.delete(namespace)
      return count
    },
    async *streams(namespace) {
      find(namespace, '')
      yield* [...(namespaces.get(namespace)?.keys() ?? [])].sort()
    },
    async *namespaces() {
      yield* [...namespaces.keys()].sort()
    },
    async isAlive() {
      return !closed
    },
    async close() {
      closed = true
      namespaces.clear()
    },
  }
}

/** Adds events to sorted entries. Only those behind the first new one are moved: mostly there are none. */
function merge(entries: Entry[], events: readonly StoredEvent[]): void {
  const added = events.map(({ id, text }) => ({ key: sortKey(id), text }))
  added.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const behind = entries.splice(below(entries, added[0]!.key))
  let next = 0
  for (const entry of added) {
    while (next < behind.length && behind[next]!.key <= entry.key) entries.push(behind[next++]!)
    if (entries.at(-1)?.key !== entry.key) entries.push(entry)
  }
  while (next < behind.length) entries.push(behind[next++]!)
}

/** Where the first entry stands whose key is `key` or higher. */
function below(entries: readonly Entry[], key: string): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (entries[middle]!.key < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Where the first entry stands whose key is higher. */
function above(entries: readonly Entry[], key: string): number {
  const at = below(entries, key)
  return entries[at]?.key === key ? at + 1 : at
}
