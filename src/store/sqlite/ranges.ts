import type { RangeQuery } from '../store.ts'
import type { Connection } from './driver.ts'
import { type Key, keyOf } from './keys.ts'
import { transact } from './open.ts'

/** In bytes of UTF-8, line ends included. */
const MAX_CHUNK_BYTES = 1024n * 1024n
/** How many events a read begins with: it doesn't know yet how large they are. */
const FIRST_COUNT = 256n
const MAX_COUNT = 10_000n

/** The ranges of a connection's events. */
export interface Ranges {
  /** @see Store.retrieve */
  read(query: RangeQuery): Generator<string>
  /** @see Store.delete */
  delete(query: RangeQuery): number
}

const RANGE = `stream = (SELECT id FROM stream WHERE namespace = ? AND name = ?)
  AND (time, tail) > (?, ?) AND (time, tail) < (?, ?)`

/** Prepares the statements on ranges. */
export function prepareRanges(connection: Connection): Ranges {
  const readers = {
    ascending: prepareReader(connection, 'time, tail'),
    descending: prepareReader(connection, 'time DESC, tail DESC'),
  }
  const deleteEvents = connection.prepare(`DELETE FROM event WHERE ${RANGE}`)
  const deleteStream = connection.prepare(
    `DELETE FROM stream WHERE namespace = ? AND name = ?
      AND NOT EXISTS (SELECT 1 FROM event WHERE event.stream = stream.id)`,
  )

  function* read({ namespace, stream, order, limit, ...bounds }: RangeQuery): Generator<string> {
    const range = { after: keyOf(bounds.after), before: keyOf(bounds.before) }
    let left = limit === undefined ? undefined : BigInt(limit)
    let guess = FIRST_COUNT
    while (left !== 0n) {
      const atMost = left !== undefined && left < guess ? left : guess
      const chunk = readers[order](atMost, namespace, stream, ...range.after, ...range.before)
      if (!chunk) return
      yield chunk.text
      range[order === 'ascending' ? 'after' : 'before'] = chunk.last
      if (left !== undefined) left -= chunk.count
      guess = chunk.fitting < MAX_COUNT ? chunk.fitting : MAX_COUNT
    }
  }

  return {
    read,
    delete({ namespace, stream, after, before }) {
      return transact(connection, () => {
        const { changes } = deleteEvents.run(namespace, stream, ...keyOf(after), ...keyOf(before))
        deleteStream.run(namespace, stream)
        return Number(changes)
      })
    },
  }
}

/** Events in a row, read at once. */
interface Chunk {
  text: string
  count: bigint
  /** The last event's key. */
  last: Key
  /** How many events of this size make a full chunk. */
  fitting: bigint
}

type Bounds = [namespace: string, stream: string, ...after: Key, ...before: Key]
type Reader = (atMost: bigint, ...bounds: Bounds) => Chunk | undefined

/**
 * Prepares reading a chunk in three steps over one snapshot: how many events fit, which costs no more than
 * their headers; their text, joined inside SQLite; where they end. Nothing stays open in between chunks.
 *
 * The text comes from a subquery that is ordered and limited, which SQLite keeps in order for an aggregate;
 * one with an ORDER BY of its own would sort the texts, at half the speed where they are long.
 */
function prepareReader(connection: Connection, order: string): Reader {
  const events = `FROM event WHERE ${RANGE} ORDER BY ${order} LIMIT ?`
  const measure = connection.prepare(
    `SELECT count(*) AS count, sum(size) AS bytes FROM (SELECT octet_length(text) + 2 AS size ${events})`,
  )
  const join = connection.prepare(
    `SELECT group_concat(text, char(13, 10)) || char(13, 10) AS text FROM (SELECT text ${events})`,
  )
  const findLast = connection.prepare(`SELECT time, tail ${events} OFFSET ?`)

  /** As many events as are there, at most so many, that fit; one always does. */
  function measureChunk(atMost: bigint, bounds: Bounds) {
    for (let limit = atMost; ; ) {
      const [found] = measure.all(...bounds, limit) as { count: bigint; bytes: bigint }[]
      const { count, bytes } = found!
      if (count === 0n) return undefined
      const fitting = (count * MAX_CHUNK_BYTES) / bytes || 1n
      if (count === 1n || bytes <= MAX_CHUNK_BYTES) return { count, fitting }
      // Less than `count`, by the mean size; where the large ones come first it takes some rounds.
      limit = fitting
    }
  }

  return (atMost, ...bounds) => {
    connection.exec('BEGIN')
    try {
      const found = measureChunk(atMost, bounds)
      if (!found) return undefined
      const [joined] = join.all(...bounds, found.count) as { text: string }[]
      const [last] = findLast.all(...bounds, 1n, found.count - 1n) as { time: bigint; tail: bigint }[]
      return { ...found, text: joined!.text, last: [last!.time, last!.tail] }
    } finally {
      connection.exec('COMMIT')
    }
  }
}
