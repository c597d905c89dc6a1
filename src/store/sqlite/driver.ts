import { KronosConnectionError } from '../../protocol/errors.ts'

/**
 * A connection to a database: the part that `node:sqlite`, `better-sqlite3` and `libsql` share, so that
 * the package depends on none of them.
 */
export interface Connection {
  exec(sql: string): unknown
  prepare(sql: string): Statement
  close(): void
}

/**
 * A prepared statement. Rows are only ever read with `all`: it leaves the statement finished, and a
 * statement that isn't finished holds its snapshot, past which the log of writes can't be emptied.
 */
export interface Statement {
  all(...values: readonly Value[]): unknown[]
  run(...values: readonly Value[]): { changes: number | bigint }
}

export type Value = bigint | string

/** Opens a file, which is made if it isn't there. */
export type Driver = (path: string) => Connection

interface NodeModule {
  DatabaseSync: new (
    path: string,
  ) => Omit<Connection, 'prepare'> & {
    prepare(sql: string): Statement & { setReadBigInts(enabled: boolean): void }
  }
}

interface PackageModule {
  default: new (path: string) => Connection & { defaultSafeIntegers(enabled: boolean): unknown }
}

/** Packages with one interface, the more trusted first. */
const PACKAGES = ['better-sqlite3', 'libsql']

/**
 * Finds what this runtime has of the drivers: the built-in one (Node 22.13 and later), else the first package.
 *
 * @throws {KronosConnectionError} saying what to install
 */
export async function loadDriver(): Promise<Driver> {
  const builtIn = loadBuiltIn()
  if (builtIn) return builtIn
  const failures: unknown[] = []
  for (const name of PACKAGES) {
    try {
      return await loadPackage(name)
    } catch (error) {
      failures.push(error)
    }
  }
  // One that isn't installed is no news; one that is, and doesn't load, is.
  const broken = failures.map(String).filter((text) => !text.includes('Cannot find package'))
  const reasons = broken.length > 0 ? ` (${broken.join('; ')})` : ''
  throw new KronosConnectionError(
    `the SQLite store needs Node 22.13 or later, or a driver: npm install better-sqlite3, or npm install libsql${reasons}`,
    { cause: new AggregateError(failures) },
  )
}

function loadBuiltIn(): Driver | undefined {
  const sqlite = getQuietly('node:sqlite')
  if (!sqlite) return undefined
  return (path) => {
    const database = new sqlite.DatabaseSync(path)
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

/** Gets the module without the warning that it is experimental: the caller can't do anything about it. */
function getQuietly(name: string): NodeModule | undefined {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule?.(name) as NodeModule | undefined
  } finally {
    process.emitWarning = emitWarning
  }
}

async function loadPackage(name: string): Promise<Driver> {
  const { default: Database }: PackageModule = await import(/* @vite-ignore */ /* webpackIgnore: true */ name)
  // A package that was compiled for another Node fails only now.
  new Database(':memory:').close()
  return (path) => {
    const database = new Database(path)
    database.defaultSafeIntegers(true)
    return database
  }
}
