import { KronosConnectionError, KronosValidationError } from '../../protocol/errors.ts'
import { sortKey } from '../../protocol/event-id.ts'
import { CHUNK_LENGTH, chunkLines } from '../chunk.ts'
import type { RangeQuery, Store, StoredEvent } from '../store.ts'
import { type Database, openDatabase, type Statement } from './driver.ts'
import { prepareSchema } from './schema.ts'

/** Options of {@link sqliteStore}. */
export interface SQLiteStoreOptions {
  /**
   * What an answered put survives: a power cut (`full`), or only the process's end (`normal`, which syncs less).
   *
   * @default 'full'
   */
  durability?: 'full' | 'normal' | undefined
}

interface Insert {
  namespace: string
  stream: string
  events: readonly StoredEvent[]
  resolve: () => void
  reject: (error: unknown) => void
}

/** Where an event stands among a stream's: its id's time, and its id's last 64 bits, in order as signed integers. */
type Key = readonly [time: bigint, tail: bigint]

const RANGE =
  'stream = (SELECT id FROM streams WHERE namespace = ? AND name = ?) AND (time, tail) > (?, ?) AND (time, tail) < (?, ?)'

/**
 * A store in an SQLite file, which is made if it isn't there. It is opened at the first call.
 *
 * Puts that arrive together are committed together, and so share one sync of the disk.
 *
 * @param path of the file
 * @throws {KronosValidationError} naming the option that is wrong; what is wrong with the file, its calls reject with
 */
export function sqliteStore(path: string, options: SQLiteStoreOptions = {}): Store {
  if (typeof path !== 'string' || path === '') throw new KronosValidationError('path', "a file's path", path)
  const { durability = 'full', ...unknown } = options
  for (const name of Object.keys(unknown))
    throw new KronosValidationError(`options.${name}`, 'durability', name)
  if (durability !== 'full' && durability !== 'normal') {
    throw new KronosValidationError('options.durability', "'full' or 'normal'", durability)
  }

  let opening: Promise<Session> | undefined
  let closing: Promise<void> | undefined
  let waiting: Insert[] = []
  let committing: Promise<void> | undefined

  async function open(): Promise<Session> {
    if (closing) throw new KronosConnectionError(`the store of ${path} is closed`)
    // A file that can't be opened now may be there at the next call.
    opening ??= openSession(path, durability).catch((error) => {
      opening = undefined
      throw error
    })
    return opening
  }

  async function commitWaiting(session: Session): Promise<void> {
    // What arrives in this turn of the event loop goes into one commit.
    await new Promise((resolve) => setImmediate(resolve))
    const inserts = waiting
    waiting = []
    committing = undefined
    try {
      session.insert(inserts)
      for (const { resolve } of inserts) resolve()
    } catch (error) {
      for (const { reject } of inserts) reject(error)
    }
  }

  return {
    name: 'sqlite',
    async insert(namespace, stream, events) {
      const session = await open()
      if (events.length === 0) return
      await new Promise<void>((resolve, reject) => {
        waiting.push({ namespace, stream, events, resolve, reject })
        committing ??= commitWaiting(session)
      })
    },
    async *retrieve(query) {
      const session = await open()
      let { after, before } = { after: keyOf(query.after), before: keyOf(query.before) }
      let left = query.limit ?? Number.POSITIVE_INFINITY
      while (left > 0) {
        const texts = session.page({ ...query, limit: left }, after, before)
        if (texts.length === 0) return
        left -= texts.length
        const last = keyOf(texts.at(-1)!.slice(8, 44))
        if (query.order === 'ascending') after = last
        else before = last
        yield* chunkLines(texts)
      }
    },
    async delete(query) {
      return (await open()).delete(query)
    },
    async *streams(namespace) {
      yield* (await open()).names(namespace)
    },
    async *namespaces() {
      yield* (await open()).names()
    },
    async isAlive() {
      try {
        return (await open()).isAlive()
      } catch {
        return false
      }
    },
    close() {
      closing ??= (async () => {
        const session = await opening?.catch(() => undefined)
        await committing
        session?.close()
      })()
      return closing
    },
  }
}

type Session = Awaited<ReturnType<typeof openSession>>

/** An open database and what is done with it; every statement is run to its end at once. */
async function openSession(path: string, durability: 'full' | 'normal') {
  const database: Database = await openDatabase(path)
  try {
    prepareSchema(database, path, durability)
  } catch (error) {
    database.close()
    throw error instanceof KronosConnectionError
      ? error
      : new KronosConnectionError(`cannot use ${path}: ${(error as Error).message}`, { cause: error })
  }
  const prepare = (sql: string): Statement => database.prepare(sql)
  const addStream = prepare('INSERT OR IGNORE INTO streams (namespace, name) VALUES (?, ?)')
  const findStream = prepare('SELECT id FROM streams WHERE namespace = ? AND name = ?')
  const addEvent = prepare('INSERT OR IGNORE INTO events (stream, time, tail, text) VALUES (?, ?, ?, ?)')
  const select = {
    ascending: prepare(`SELECT text FROM events WHERE ${RANGE} ORDER BY time, tail LIMIT ?`),
    descending: prepare(`SELECT text FROM events WHERE ${RANGE} ORDER BY time DESC, tail DESC LIMIT ?`),
  }
  const remove = prepare(`DELETE FROM events WHERE ${RANGE}`)
  const filled = 'EXISTS (SELECT 1 FROM events WHERE stream = streams.id)'
  const streams = prepare(`SELECT name FROM streams WHERE namespace = ? AND ${filled} ORDER BY name`)
  const namespaces = prepare(
    `SELECT DISTINCT namespace AS name FROM streams WHERE ${filled} ORDER BY namespace`,
  )
  const ping = prepare('SELECT 1')

  function transact(run: () => void): void {
    database.exec('BEGIN IMMEDIATE')
    try {
      run()
      database.exec('COMMIT')
    } catch (error) {
      try {
        database.exec('ROLLBACK')
      } catch {
        // SQLite has rolled back by itself, as it does when the disk is full.
      }
      throw error
    }
  }

  return {
    insert(inserts: readonly Insert[]): void {
      transact(() => {
        for (const { namespace, stream, events } of inserts) {
          addStream.run(namespace, stream)
          const { id } = findStream.get(namespace, stream) as { id: bigint }
          for (const event of events) addEvent.run(id, ...keyOf(event.id), event.text)
        }
      })
    },
    /** The texts of the first events between two keys: as many as make about a chunk, or one. */
    page({ namespace, stream, order, limit }: RangeQuery, after: Key, before: Key): string[] {
      const most = BigInt(Math.min(limit!, CHUNK_LENGTH))
      const texts: string[] = []
      let length = 0
      for (const row of select[order].iterate(namespace, stream, ...after, ...before, most)) {
        const { text } = row as { text: string }
        if (length > 0 && length + text.length > CHUNK_LENGTH) break
        texts.push(text)
        length += text.length + 2
      }
      return texts
    },
    delete({ namespace, stream, after, before }: RangeQuery): number {
      return Number(remove.run(namespace, stream, ...keyOf(after), ...keyOf(before)).changes)
    },
    names(namespace?: string): string[] {
      const rows = namespace === undefined ? namespaces.iterate() : streams.iterate(namespace)
      return Array.from(rows, (row) => (row as { name: string }).name)
    },
    isAlive: (): boolean => ping.get() !== undefined,
    close: (): void => database.close(),
  }
}

function keyOf(id: string): Key {
  const digits = sortKey(id)
  return [BigInt(`0x${digits.slice(0, 15)}`), BigInt(`0x${digits.slice(15).replace('-', '')}`) - 2n ** 63n]
}
