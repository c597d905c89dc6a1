import { posix } from 'node:path'
import { readModule } from './module-facts.ts'

/** What a room may import of others: `values`, or only `types`. Its own files it may always. */
interface Room {
  values?: readonly string[]
  types?: readonly string[]
  /** Packages from npm. */
  packages?: readonly string[]
}

/**
 * Who may import whom. A room is a folder of `src`; a longer path that ends in `.ts` is one file of it.
 * `src/version.ts` belongs to nobody and is open to all.
 */
const ROOMS: Readonly<Record<string, Room>> = {
  protocol: { packages: ['uuid'] },
  transport: { values: ['protocol'], packages: ['ky'] },
  reading: { values: ['protocol'], types: ['transport'] },
  delivery: { values: ['protocol'], types: ['transport'], packages: ['idb-keyval'] },
  // `client.logFunction` and `logScope` are methods.
  client: {
    values: [
      'protocol',
      'transport',
      'reading',
      'delivery',
      'instrument/log.ts',
      'instrument/log-function.ts',
    ],
    packages: ['uuid'],
  },
  // A middleware makes the client that it is given the URL of.
  instrument: { values: ['protocol', 'client/client.ts'], types: ['client'], packages: ['uuid'] },
  // Drivers are loaded when a store is opened; what they are called stands in the store.
  store: { values: ['protocol'], packages: ['better-sqlite3', 'libsql', 'cassandra-driver'] },
  // The explorer's page is text to it.
  server: {
    values: ['protocol', 'explorer/page.ts'],
    types: ['store'],
    packages: ['prom-client', 'srvx', 'uuid'],
  },
  explorer: { values: ['entries'], packages: ['preact', 'uplot'] },
  cli: { values: ['entries'], packages: ['commander', 'csv-parse', 'uuid'] },
}

/** Where `node:` modules may be used; everything else runs wherever `fetch` does. */
const NODE = [
  /^store\/(sqlite|cassandra)(\/|\.ts$)/,
  /^delivery\/file-.*\.ts$/,
  /^server\/(listener|serve)(-[a-z-]+)?\.ts$/,
  /^cli\//,
  /^bin\.ts$/,
]

/** Where a page's globals may be named. */
const PAGE = [/^delivery\/(page|indexed-db)-.*\.ts$/, /^(transport|delivery)\/beacon\.ts$/, /^explorer\//]

/**
 * The walls that a source file goes through, as sentences.
 *
 * @param path from `src` on
 */
export function findCrossings(path: string, source: string): string[] {
  const { imports, pageGlobals } = readModule(path, source)
  const crossings = imports.flatMap(({ specifier, typesOnly }) => {
    const why = judge(path, specifier, typesOnly)
    return why ? [`src/${path} imports ${specifier}: ${why}`] : []
  })
  for (const name of pageGlobals) {
    if (!PAGE.some((place) => place.test(path))) crossings.push(`src/${path} uses the page's ${name}`)
  }
  return crossings
}

function judge(path: string, specifier: string, typesOnly: boolean): string | undefined {
  if (specifier.startsWith('node:')) {
    return NODE.some((place) => place.test(path)) ? undefined : 'node: modules have their places'
  }
  const room = roomOf(path)
  const rules = ROOMS[room]
  if (room !== 'entries' && !rules) return `there is no room ${room}: add it to the table`
  if (!specifier.startsWith('.')) return judgePackage(specifier, room)
  const target = posix.join(posix.dirname(path), specifier)
  if (target.startsWith('..')) return 'it is outside of src'
  const other = roomOf(target)
  if (other === room || target === 'version.ts' || room === 'entries') return undefined
  const allowed = [...(rules!.values ?? []), ...(typesOnly ? (rules!.types ?? []) : [])]
  if (allowed.includes(other) || allowed.includes(target)) return undefined
  if (rules!.types?.includes(other)) return `${room} may import only types of ${other}`
  return other === 'entries' ? 'no room imports an entry' : `${room} may not import ${other}`
}

/** Entries only name what rooms have; the command's needs the library that reads command lines. */
function judgePackage(specifier: string, room: string): string | undefined {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
  const allowed = room === 'entries' ? ['commander'] : ROOMS[room]?.packages
  return allowed?.includes(name) ? undefined : `${name} is not a package for ${room}`
}

function roomOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : 'entries'
}
