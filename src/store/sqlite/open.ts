import { KronosConnectionError } from '../../protocol/errors.ts'
import type { Connection } from './driver.ts'
import { loadDriver } from './driver.ts'

/** Whether an insert that was acknowledged outlives a power cut, or only a crash of the process. */
export type Durability = 'full' | 'normal'

/** Marks a file as ours, in the place that SQLite has for it: "Kron". */
const APPLICATION_ID = 0x4b726f6en
const SCHEMA_VERSION = 1n
/** How long to wait for another process that is writing. */
const BUSY_TIMEOUT_MS = 5000

/**
 * The tables. Events are in a table by row and not in the index itself: inserts of 2 kB are 1.6 times as fast,
 * and a range, most often put in its order, reads no slower.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS stream (
    id INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (namespace, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS event (
    stream INTEGER NOT NULL,
    time INTEGER NOT NULL,
    tail INTEGER NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (stream, time, tail)
  ) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`

/**
 * Opens a file of events, and makes it if it isn't there. A file of anybody else's is left as it is.
 *
 * @throws {KronosConnectionError} naming the file, for what can't be opened
 */
export async function openFile(path: string, durability: Durability): Promise<Connection> {
  const driver = await loadDriver()
  let connection: Connection | undefined
  try {
    connection = driver(path)
    connection.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
    checkWritable(connection)
    const isNew = checkFile(connection)
    await switchToLog(connection)
    connection.exec(`PRAGMA synchronous = ${durability}`)
    if (isNew) transact(connection, () => connection!.exec(SCHEMA))
    return connection
  } catch (error) {
    connection?.close()
    const reason = error instanceof Error ? error.message : String(error)
    throw new KronosConnectionError(`cannot open ${path}: ${reason}`, { cause: error })
  }
}

/** Says whether a file is new, without writing to it; throws if it is somebody else's. */
function checkFile(connection: Connection): boolean {
  const [found] = connection
    .prepare(
      `SELECT application_id AS application, user_version AS version,
        (SELECT count(*) FROM sqlite_schema) AS tables
      FROM pragma_application_id, pragma_user_version`,
    )
    .all() as { application: bigint; version: bigint; tables: bigint }[]
  const { application, version, tables } = found!
  if (application === 0n && version === 0n && tables === 0n) return true
  if (application !== APPLICATION_ID) throw new Error('it is not a kronos database')
  if (version > SCHEMA_VERSION) {
    throw new Error(
      `it was written by a newer version of kronos-js (${version}, this one knows ${SCHEMA_VERSION})`,
    )
  }
  return false
}

/**
 * SQLite opens what can't be written all the same, and a connection never finds out that it can be by now. So
 * it is not kept: the next call opens the file anew.
 */
function checkWritable(connection: Connection): void {
  try {
    // To begin is not enough, where writing is found to be impossible only by doing it.
    connection.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${SCHEMA_VERSION}`)
  } catch (error) {
    // Anything else shows in its place.
    if (/readonly|read-only/i.test(String(error))) throw new Error('it can only be read', { cause: error })
  } finally {
    rollBack(connection)
  }
}

/** Two processes that open a new file at once may collide here, where SQLite doesn't wait by itself. */
async function switchToLog(connection: Connection): Promise<void> {
  const giveUpAt = performance.now() + BUSY_TIMEOUT_MS
  for (;;) {
    try {
      connection.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!/locked|busy/i.test(String(error)) || performance.now() > giveUpAt) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

/** Runs a body that writes, all or nothing, alone. */
export function transact<Result>(connection: Connection, body: () => Result): Result {
  connection.exec('BEGIN IMMEDIATE')
  try {
    const result = body()
    connection.exec('COMMIT')
    return result
  } catch (error) {
    rollBack(connection)
    throw error
  }
}

function rollBack(connection: Connection): void {
  try {
    connection.exec('ROLLBACK')
  } catch {
    // Some failures, such as a full disk, have rolled back already. What failed first is what counts.
  }
}
