import { type Command, InvalidArgumentError } from 'commander'
import { type KronosTime, kronosTimeNow, toISOString, toKronosTime } from '../index.ts'

/** The bounds of what there may be: what an event's id can hold. */
const LOWEST: KronosTime = -122192928000000000n
const HIGHEST: KronosTime = 1030728576606846975n
const TICKS_PER_MS = 10_000n
const TICKS_PER_MINUTE = 600_000_000n
const MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** The ends of a range as flags give them, both inclusive. */
export interface RangeFlags {
  start?: KronosTime
  end?: KronosTime
}

/** Adds the flags of a range of time. */
export function addRange(command: Command): Command {
  return command
    .option(
      '--since, --start <time>',
      'from when on: 15m (ago), 2026-11-24T12:00:00Z, now, or ticks',
      readTime,
    )
    .option('--end <time>', 'until when, inclusive, in the same forms', readTime)
}

/** Both ends; what is not given is all there is. */
export function resolveRange({ start = LOWEST, end = HIGHEST }: RangeFlags): Required<RangeFlags> {
  return { start, end }
}

/** A time as people write it: an age, an ISO 8601 date (without an offset: UTC), `now`, or ticks of 100 ns. */
export function readTime(text: string): KronosTime {
  const age = readAge(text)
  if (age !== undefined) return kronosTimeNow() - BigInt(age) * TICKS_PER_MS
  if (text === 'now') return kronosTimeNow()
  try {
    return toKronosTime(/^-?\d+$/.test(text) ? BigInt(text) : text)
  } catch {
    throw new InvalidArgumentError('A time is like 15m (ago), 2026-11-24T12:00:00Z, now, or ticks of 100 ns.')
  }
}

/** The milliseconds of an age such as 90s, 15m, 12h, 30d or 2w. */
export function readAge(text: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,5})([smhdw])$/.exec(text) ?? []
  return unit === undefined ? undefined : Number(count) * MS[unit]!
}

/** Writes a time with all its digits, in this machine's zone or in UTC. */
export function showTime(time: KronosTime, utc: boolean): string {
  if (utc) return toISOString(time)
  const offset = -new Date(Number(time / TICKS_PER_MS)).getTimezoneOffset()
  const pad = (number: number) => String(Math.trunc(Math.abs(number))).padStart(2, '0')
  const zone = `${offset < 0 ? '-' : '+'}${pad(offset / 60)}:${pad(offset % 60)}`
  return toISOString(time + BigInt(offset) * TICKS_PER_MINUTE).replace('Z', zone)
}
