import { KronosConnectionError } from '../../protocol/errors.ts'

/** The part of a synchronous SQLite driver that `node:sqlite`, better-sqlite3 and libsql share. */
export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

export interface Statement {
  run(...parameters: unknown[]): { changes: number | bigint }
  get(...parameters: unknown[]): unknown
  iterate(...parameters: unknown[]): Iterable<unknown>
}

type Open = (path: string) => Database

/** How each driver is opened so that integers come as bigints, in the order in which they are tried. */
const DRIVERS: readonly (() => Promise<Open>)[] = [
  openNode,
  () => openPackage('better-sqlite3'),
  () => openPackage('libsql'),
]

/**
 * Opens a database with the first driver there is.
 *
 * @throws {KronosConnectionError} saying what to install if there is none, or why the file can't be opened
 */
export async function openDatabase(path: string): Promise<Database> {
  for (const load of DRIVERS) {
    let open: Open
    try {
      open = await load()
    } catch {
      // Not in this Node, not installed, or its binary is of another platform: the next may do.
      continue
    }
    try {
      return open(path)
    } catch (cause) {
      throw new KronosConnectionError(`cannot open ${path}: ${(cause as Error).message}`, { cause })
    }
  }
  throw new KronosConnectionError(
    'no SQLite driver: use Node 22.13 or newer, or npm install better-sqlite3, or npm install libsql',
  )
}

async function openNode(): Promise<Open> {
  // As a variable, so that bundlers and older Nodes leave it alone.
  const name = 'node:sqlite'
  const { DatabaseSync } = await import(name)
  return (path) => {
    const database = new DatabaseSync(path)
    return {
      exec: (sql) => database.exec(sql),
      close: () => database.close(),
      prepare(sql) {
        const statement = database.prepare(sql)
        statement.setReadBigInts(true)
        return statement
      },
    }
  }
}

async function openPackage(name: string): Promise<Open> {
  const { default: Driver } = await import(name)
  return (path) => {
    const database = new Driver(path)
    database.defaultSafeIntegers(true)
    return database
  }
}
