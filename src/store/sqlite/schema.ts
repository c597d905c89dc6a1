import { KronosConnectionError } from '../../protocol/errors.ts'
import type { Database } from './driver.ts'

/** Marks a file as ours: "KRNS". */
const APPLICATION_ID = 0x4b524e53n
const VERSION = 1n

/**
 * Prepares a database: ours of this version as it is, an empty one made ours.
 *
 * An event's key is its stream, the 60 bits of its id's time, and the id's last 64 bits as a signed integer
 * that keeps their order. The table has rowids, since rows may be large.
 *
 * @throws {KronosConnectionError} for a file of another program, or of a newer version
 */
export function prepareSchema(database: Database, path: string, durability: 'full' | 'normal'): void {
  database.exec('PRAGMA busy_timeout = 10000')
  const { application_id: id, user_version: version } = database
    .prepare('SELECT * FROM pragma_application_id, pragma_user_version')
    .get() as Record<string, bigint>
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as {
    tables: bigint
  }
  if (id !== APPLICATION_ID && tables > 0n)
    throw new KronosConnectionError(`${path} is not a kronos database`)
  if (version! > VERSION)
    throw new KronosConnectionError(`${path} was written by a newer version of kronos-js`)
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability}`)
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS streams (
      id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (namespace, name)
    );
    CREATE TABLE IF NOT EXISTS events (
      stream INTEGER NOT NULL, time INTEGER NOT NULL, tail INTEGER NOT NULL, text TEXT NOT NULL,
      PRIMARY KEY (stream, time, tail)
    );
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${VERSION};
    COMMIT`)
}
