import type { Connection } from './driver.ts'

/** Names a page at a time: a name may have 2 kB. */
const PAGE = 500n

/** What there is to be listed. */
export interface ListNames {
  streams(namespace: string): Generator<string[]>
  namespaces(): string[]
}

/** Prepares listing names. A stream is in its table while it has an event. */
export function prepareLists(connection: Connection): ListNames {
  const streams = connection.prepare(
    `SELECT name FROM stream WHERE namespace = ? AND name > ? ORDER BY name LIMIT ${PAGE}`,
  )
  const namespaces = connection.prepare('SELECT DISTINCT namespace AS name FROM stream ORDER BY name')
  const namesOf = (rows: unknown[]) => (rows as { name: string }[]).map(({ name }) => name)

  return {
    *streams(namespace) {
      let last = ''
      for (;;) {
        const names = namesOf(streams.all(namespace, last))
        if (names.length === 0) return
        yield names
        last = names.at(-1)!
      }
    },
    namespaces: () => namesOf(namespaces.all()),
  }
}
