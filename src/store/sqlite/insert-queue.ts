import type { StoredEvent } from '../store.ts'
import type { Connection, Statement } from './driver.ts'
import { keyOfEvent } from './keys.ts'
import { transact } from './open.ts'

interface Insert {
  readonly namespace: string
  readonly stream: string
  readonly events: readonly StoredEvent[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Inserts that wait for the next commit: those that arrive together share one, and its wait for the disk. */
export interface InsertQueue {
  /** Resolves once the events are committed. */
  add(namespace: string, stream: string, events: readonly StoredEvent[]): Promise<void>
  /** Commits what waits, now. */
  flush(): void
}

/** How many rows a statement inserts where there are as many: to call one costs more than a row. */
const ROWS = 32
/** So many turns of the event loop, each of some microseconds, without another insert end the wait for one. */
const QUIET_TURNS = 2
/** So many inserts wait no longer. */
const MAX_WAITING = 1000

/** Makes the queue of a connection. */
export function queueInserts(connection: Connection): InsertQueue {
  const addStream = connection.prepare(
    'INSERT INTO stream (namespace, name) VALUES (?, ?) ON CONFLICT DO NOTHING',
  )
  // Other processes delete streams, so their ids can't be kept from one commit to the next.
  const findStream = connection.prepare('SELECT id FROM stream WHERE namespace = ? AND name = ?')
  const addEvent = prepareInsert(connection, 1)
  const addEvents = prepareInsert(connection, ROWS)
  let waiting: Insert[] = []

  function write({ namespace, stream, events }: Insert): void {
    addStream.run(namespace, stream)
    const [found] = findStream.all(namespace, stream) as { id: bigint }[]
    const valuesOf = (event: StoredEvent) => [found!.id, ...keyOfEvent(event), event.text]
    let at = 0
    for (; at + ROWS <= events.length; at += ROWS) {
      addEvents.run(...events.slice(at, at + ROWS).flatMap(valuesOf))
    }
    for (const event of events.slice(at)) addEvent.run(...valuesOf(event))
  }

  /** Commits inserts together; an insert that fails is found by committing each alone. */
  function commit(inserts: readonly Insert[]): void {
    let failedInside = false
    try {
      transact(connection, () => {
        failedInside = true
        for (const insert of inserts) write(insert)
        failedInside = false
      })
    } catch (error) {
      if (failedInside && inserts.length > 1) for (const insert of inserts) commit([insert])
      else for (const { reject } of inserts) reject(error)
      return
    }
    for (const { resolve } of inserts) resolve()
  }

  /**
   * Commits once a turn of the event loop has brought nothing more. Requests that were waiting for the last
   * commit to end are taken up together, but a body takes some turns to be read, and not all the same.
   */
  function flushWhenQuiet(quietTurns: number, seen: number): void {
    setImmediate(() => {
      if (waiting.length === 0) return
      const turns = waiting.length === seen ? quietTurns + 1 : 0
      if (turns === QUIET_TURNS || waiting.length >= MAX_WAITING) flush()
      else flushWhenQuiet(turns, waiting.length)
    })
  }

  function flush(): void {
    const inserts = waiting
    waiting = []
    if (inserts.length > 0) commit(inserts)
  }

  return {
    add(namespace, stream, events) {
      return new Promise((resolve, reject) => {
        waiting.push({ namespace, stream, events, resolve, reject })
        if (waiting.length === 1) flushWhenQuiet(0, 1)
      })
    },
    flush,
  }
}

function prepareInsert(connection: Connection, rows: number): Statement {
  const values = Array(rows).fill('(?, ?, ?, ?)').join(', ')
  return connection.prepare(
    `INSERT INTO event (stream, time, tail, text) VALUES ${values} ON CONFLICT DO NOTHING`,
  )
}
