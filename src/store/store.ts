import type { Order } from '../protocol/fields.ts'
import type { KronosTime } from '../protocol/time.ts'

/** An event as a store keeps it. */
export interface StoredEvent {
  /** Its `@id`, lower case. */
  id: string
  /** Its `@time`, the same as in the id. */
  time: KronosTime
  /** Its JSON on one line, without a line end; `@id` and `@time` are the first members, in this order. */
  text: string
}

/**
 * A range of one stream's events, between two ids that are both exclusive and need not exist. Either may be a
 * bound that only looks like an id (`boundBelow`, `boundAbove`): its last 16 digits are any 64 bits.
 */
export interface RangeQuery {
  namespace: string
  stream: string
  /** The range holds ids above this one. */
  after: string
  /** The range holds ids below this one. */
  before: string
  order: Order
  /** The largest number of events, 1 or more; absent: all. */
  limit?: number
}

/** A range of one stream's events by time, both ends inclusive, in buckets of one width from its start on. */
export interface HistogramQuery {
  namespace: string
  stream: string
  start: KronosTime
  end: KronosTime
  /** In ticks, 1 or more; the last bucket may reach past the end. */
  width: bigint
}

/**
 * Where a server keeps its events. Ids are ordered by time, then by their bytes, unsigned (`compareIds`).
 *
 * Every store passes the suite in `test/contract/store.ts`.
 */
export interface Store {
  /** What answers call it, such as `sqlite`. */
  readonly name: string
  /**
   * Keeps events, by id: one that is there already stays as it is, which is no error. All or none of them are
   * kept, and durably so, when the promise resolves.
   */
  insert(namespace: string, stream: string, events: StoredEvent[]): Promise<void>
  /**
   * The texts of a range's events in id order, as chunks of whole lines, each line ended by CRLF; a chunk is
   * at most about 1 MiB, or one event. Nothing is read before the first pull, nor ahead of the consumer.
   * Events that are there from the first pull to the last come exactly once, whatever is inserted or deleted
   * meanwhile.
   */
  retrieve(query: RangeQuery): AsyncIterable<string>
  /** Deletes a range's events and says how many there were. */
  delete(query: RangeQuery): Promise<number>
  /**
   * How many of a range's events each bucket holds: the number of the bucket, from 0, and the count, upwards,
   * without those that hold none. A server counts what it reads where a store has no such method.
   */
  histogram?(query: HistogramQuery): Promise<[bucket: number, count: number][]>
  /** The names of the streams that hold an event, sorted. */
  streams(namespace: string): AsyncIterable<string>
  /** The names of the namespaces that hold an event, sorted. */
  namespaces(): AsyncIterable<string>
  /** Whether the store can answer now. */
  isAlive(): Promise<boolean>
  /**
   * Writes a copy of everything, as it is at one moment, to a new file.
   *
   * @throws {KronosValidationError} when there is something at `path` already
   */
  backup?(path: string): Promise<void>
  /** Frees what the store holds. Calls after that reject. */
  close(): Promise<void>
}
