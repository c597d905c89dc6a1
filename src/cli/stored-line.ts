import { idTime, type KronosClient, type KronosTime } from '../index.ts'

/** A stored event's text, and what tells it from others. */
export interface StoredLine {
  readonly text: string
  readonly time: KronosTime
  /** Its members without `@id` and `@time`. */
  readonly members: string
}

/** As our server writes events. */
const OURS = /^\{"@id":"([\da-f-]{36})","@time":-?\d+,?(.*)\}$/s

/**
 * Takes an event's text apart, every digit kept.
 *
 * @param canonical whether to write the members anew, keys sorted: an original server orders and spaces them as
 *   it likes, and there is no other way to compare them
 */
export function readLine(text: string, canonical = false): StoredLine {
  const ours = canonical ? null : OURS.exec(text)
  if (ours) return { text, time: idTime(ours[1]!), members: ours[2]! }
  const { '@id': id, '@time': _, ...rest } = JSON.parse(text) as Record<string, unknown> & { '@id': string }
  return { text, time: idTime(id), members: JSON.stringify(sortKeys(rest)).slice(1, -1) }
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sortKeys(member)]),
  )
}

/** Whether one of the servers is an original one. */
export async function haveOriginal(clients: readonly KronosClient[]): Promise<boolean> {
  const answers = await Promise.all(clients.map((client) => client.index()))
  return answers.some(({ features }) => features === undefined)
}

/** Groups events that come in their order: those of one tick stay together. */
export async function* groupLines(
  lines: AsyncIterable<string>,
  canonical: boolean,
  atLeast = 1,
): AsyncGenerator<StoredLine[]> {
  let group: StoredLine[] = []
  for await (const text of lines) {
    const line = readLine(text, canonical)
    if (group.length >= atLeast && line.time !== group.at(-1)!.time) {
      yield group
      group = []
    }
    group.push(line)
  }
  if (group.length > 0) yield group
}

/** The lines of `some` that `others` lack; of equal ones each counts for one. */
export function subtract(some: readonly StoredLine[], others: readonly StoredLine[]): StoredLine[] {
  const counts = new Map<string, number>()
  const name = ({ time, members }: StoredLine) => `${time} ${members}`
  for (const other of others) counts.set(name(other), (counts.get(name(other)) ?? 0) + 1)
  return some.filter((line) => {
    const count = counts.get(name(line)) ?? 0
    if (count > 0) counts.set(name(line), count - 1)
    return count === 0
  })
}

/** How many events a range holds, if the server can tell. */
export async function countEvents(
  client: KronosClient,
  stream: string,
  { start, end }: { start: KronosTime; end: KronosTime },
): Promise<number | undefined> {
  try {
    const [bucket] = await client.histogram(stream, start, end)
    return bucket?.count ?? 0
  } catch (error) {
    // An original server doesn't count.
    if ((error as { status?: number }).status === 404) return undefined
    throw error
  }
}
