import { KronosConnectionError, KronosValidationError } from '../../protocol/errors.ts'
import { checkNames } from '../options.ts'
import type { Store } from '../store.ts'
import { backUp } from './backup.ts'
import type { Connection } from './driver.ts'
import { prepareHistogram } from './histogram.ts'
import { type InsertQueue, queueInserts } from './insert-queue.ts'
import { type ListNames, prepareLists } from './lists.ts'
import { type Durability, openFile } from './open.ts'
import { prepareRanges, type Ranges } from './ranges.ts'

/** How a SQLite store keeps events. */
export interface SQLiteStoreOptions {
  /**
   * What an acknowledged insert outlives: `full` a power cut, `normal` only a crash of the process. Inserts
   * that arrive together share one wait for the disk. @default 'full'
   */
  durability?: Durability | undefined
}

interface OpenStore extends Ranges, InsertQueue {
  readonly connection: Connection
  readonly names: ListNames
  readonly histogram: ReturnType<typeof prepareHistogram>
}

/**
 * A store in a SQLite file, which is made if it isn't there. It is opened at the first call, by the SQLite in
 * Node (22.13 and later), `better-sqlite3` or `libsql`, whichever is there first. Several processes may share
 * the file.
 *
 * A file that can't be opened makes each call reject with a `KronosConnectionError` that names it.
 *
 * @throws {KronosValidationError} for an option that makes no sense
 * @example sqliteStore('kronos.db')
 */
export function sqliteStore(path: string, options: SQLiteStoreOptions = {}): Store {
  if (typeof path !== 'string' || path === '') {
    throw new KronosValidationError('path', 'the path of a file', path)
  }
  checkNames(options, ['durability'])
  const { durability = 'full' } = options
  if (durability !== 'full' && durability !== 'normal') {
    throw new KronosValidationError('options.durability', 'full or normal', durability)
  }
  let opening: Promise<OpenStore> | undefined
  let closing: Promise<void> | undefined

  async function open(): Promise<OpenStore> {
    check()
    opening ??= openStore(path, durability)
    try {
      return await opening
    } catch (error) {
      // The next call may find that the disk is there by now.
      opening = undefined
      throw error
    }
  }

  function check(): void {
    if (closing) throw new KronosConnectionError(`the SQLite store ${path} is closed`)
  }

  async function closeStore(): Promise<void> {
    const store = await opening?.catch(() => undefined)
    if (!store) return
    store.flush()
    try {
      // libsql doesn't do so by itself; then the file is whole without its log. Nobody is waited for: a log
      // that another process still reads is that one's to empty.
      store.connection.exec('PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE)')
    } finally {
      store.connection.close()
    }
  }

  return {
    name: 'sqlite',

    async insert(namespace, stream, events) {
      const store = await open()
      if (events.length > 0) await store.add(namespace, stream, events)
    },

    async *retrieve(query) {
      const { read } = await open()
      for (const chunk of read(query)) {
        yield chunk
        check()
      }
    },

    async delete(query) {
      const store = await open()
      // What was called before is done before.
      store.flush()
      return store.delete(query)
    },

    async histogram(query) {
      const store = await open()
      return store.histogram(query)
    },

    async *streams(namespace) {
      const { names } = await open()
      for (const page of names.streams(namespace)) {
        yield* page
        check()
      }
    },

    async *namespaces() {
      const { names } = await open()
      yield* names.namespaces()
    },

    async isAlive() {
      try {
        const { names } = await open()
        names.namespaces()
        return true
      } catch {
        return false
      }
    },

    async backup(path) {
      const { connection, flush } = await open()
      flush()
      await backUp(connection, path)
    },

    close() {
      closing ??= closeStore()
      return closing
    },
  }
}

async function openStore(path: string, durability: Durability): Promise<OpenStore> {
  const connection = await openFile(path, durability)
  return {
    connection,
    names: prepareLists(connection),
    histogram: prepareHistogram(connection),
    ...queueInserts(connection),
    ...prepareRanges(connection),
  }
}
