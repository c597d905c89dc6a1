import { type KronosClient, type KronosTime, kronosTimeNow, toISOString, toKronosTime } from '../index.ts'

/** A range of time as chosen: all there is, the last so long, or from here to there. */
export type Choice = 'all' | Preset | { from: KronosTime; to: KronosTime }
export type Preset = keyof typeof PRESETS

/** A range of time as read, both ends inclusive. */
export interface Range {
  start: KronosTime
  end: KronosTime
}

const SECOND = 10_000_000n
/** The presets' lengths, in ticks. */
export const PRESETS = {
  '15m': 900n * SECOND,
  '1h': 3600n * SECOND,
  '24h': 86_400n * SECOND,
  '7d': 7n * 86_400n * SECOND,
  '30d': 30n * 86_400n * SECOND,
} as const

/** The bounds of what there may be, in ticks: what an event's id can hold. */
const LOWEST: KronosTime = -122192928000000000n
const HIGHEST: KronosTime = 1030728576606846975n

/** Widths of a histogram's bucket that read well, in ticks. */
const WIDTHS = [
  ...[1n, 10n, 100n, 1000n, 10_000n, 100_000n, 1_000_000n],
  ...[1n, 5n, 10n, 30n, 60n, 300n, 600n, 1800n, 3600n, 10_800n, 21_600n, 43_200n].map((n) => n * SECOND),
  ...[1n, 7n, 30n, 365n, 3650n, 36_500n].map((days) => days * 86_400n * SECOND),
]

/** The least width that reads well and gives at most so many buckets. */
export function chooseWidth({ start, end }: Range, buckets: number): bigint {
  const length = end - start + 1n
  return WIDTHS.find((width) => (length + width - 1n) / width <= BigInt(buckets)) ?? length
}

/**
 * The times that a choice means now; `undefined` if there is no event at all. All but exact times begin where a
 * bucket does.
 */
export async function resolveRange(
  client: KronosClient,
  stream: string,
  choice: Choice,
  buckets: number,
): Promise<Range | undefined> {
  if (typeof choice === 'object') return { start: choice.from, end: choice.to }
  const now = kronosTimeNow()
  const range = choice === 'all' ? await findAll(client, stream) : { start: now - PRESETS[choice], end: now }
  if (!range) return undefined
  const width = chooseWidth(range, buckets)
  const start = range.start - (((range.start % width) + width) % width)
  return { start: start < LOWEST ? LOWEST : start, end: range.end }
}

async function findAll(client: KronosClient, stream: string): Promise<Range | undefined> {
  const find = (order: 'ascending' | 'descending') =>
    client.get(stream, LOWEST, HIGHEST, { order, limit: 1 }).toArray()
  const [[first], [last]] = await Promise.all([find('ascending'), find('descending')])
  return first && last && { start: first['@time'], end: last['@time'] }
}

/** Reads a time as people write it: ISO 8601, or ticks. */
export function readTime(text: string, field: string): KronosTime {
  const trimmed = text.trim()
  return toKronosTime(/^-?\d{5,}$/.test(trimmed) ? BigInt(trimmed) : trimmed, field)
}

/** A time in UTC, exact to the tick, as short as that allows. */
export function showTime(time: KronosTime): string {
  return toISOString(time)
    .replace('T', ' ')
    .replace(/\.?0{0,7}Z$/, '')
}

/** A range twice as long, the same in its middle. */
export function widen({ start, end }: Range): Range {
  const more = (end - start) / 2n + 1n
  const [from, to] = [start - more, end + more]
  return { start: from < LOWEST ? LOWEST : from, end: to > HIGHEST ? HIGHEST : to }
}
