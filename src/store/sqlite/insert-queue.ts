import type { StoredEvent } from '../store.ts'
import type { Connection } from './driver.ts'
import { keyOf } from './keys.ts'
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

/** Makes the queue of a connection. */
export function queueInserts(connection: Connection): InsertQueue {
  const addStream = connection.prepare(
    'INSERT INTO stream (namespace, name) VALUES (?, ?) ON CONFLICT DO NOTHING',
  )
  // Other processes delete streams, so their ids can't be kept from one commit to the next.
  const findStream = connection.prepare('SELECT id FROM stream WHERE namespace = ? AND name = ?')
  const addEvent = connection.prepare(
    'INSERT INTO event (stream, time, tail, text) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  )
  let waiting: Insert[] = []

  function write({ namespace, stream, events }: Insert): void {
    addStream.run(namespace, stream)
    const [found] = findStream.all(namespace, stream) as { id: bigint }[]
    for (const { id, text } of events) addEvent.run(found!.id, ...keyOf(id), text)
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

  function flush(): void {
    const inserts = waiting
    waiting = []
    if (inserts.length > 0) commit(inserts)
  }

  return {
    add(namespace, stream, events) {
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush)
        waiting.push({ namespace, stream, events, resolve, reject })
      })
    },
    flush,
  }
}
