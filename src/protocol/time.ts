import { KronosValidationError } from './errors.ts'

/** A time: ticks of 100 ns since the Unix epoch, UTC. */
export type KronosTime = bigint

/**
 * Whatever a time is taken from: `bigint` ticks of 100 ns; a `Date`; an ISO 8601 string (no offset means
 * UTC); a `number` of milliseconds since the epoch; a `Temporal.Instant`, or anything else with a bigint
 * `epochNanoseconds`.
 */
export type TimeInput = KronosTime | Date | string | number | { readonly epochNanoseconds: bigint }

/** The time of a version 1 UUID with all time bits zero, 1582-10-15: the lowest that an id can hold. */
export const LOWEST_TIME: KronosTime = -122192928000000000n
/** The highest time that an id's 60 bits can hold, in the year 5236. */
export const HIGHEST_TIME: KronosTime = 1030728576606846975n

const TICKS_PER_MS = 10000n
/** The largest number of milliseconds that a `Date` can hold. */
const MAX_DATE_MS = 8.64e15
const ISO =
  /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/**
 * Turns any {@link TimeInput} into exact ticks. Digits finer than a tick are cut off, towards the past.
 *
 * @param field names the argument in the error
 * @throws {KronosValidationError} for what is no time, an invalid date, or a time that no id can hold
 * @example toKronosTime('2026-11-23T12:00:00.0000001Z') // 17954208000000001n
 */
export function toKronosTime(input: TimeInput, field = 'time'): KronosTime {
  const ticks = convert(input, field)
  if (ticks < LOWEST_TIME || ticks > HIGHEST_TIME) {
    throw new KronosValidationError(field, `a time from ${LOWEST_TIME}n to ${HIGHEST_TIME}n ticks`, ticks)
  }
  return ticks
}

function convert(input: TimeInput, field: string): bigint {
  if (typeof input === 'bigint') return input
  if (typeof input === 'number') return fromMilliseconds(input, field)
  if (input instanceof Date) return fromMilliseconds(input.getTime(), field)
  if (typeof input === 'string') return fromISO(input, field)
  const nanoseconds = input?.epochNanoseconds
  if (typeof nanoseconds === 'bigint') return floorDivide(nanoseconds, 100n)
  throw new KronosValidationError(field, 'a bigint, Date, ISO 8601 string, number or Temporal.Instant', input)
}

function fromMilliseconds(ms: number, field: string): bigint {
  if (!Number.isFinite(ms)) throw new KronosValidationError(field, 'a valid date', ms)
  if (Math.abs(ms) > MAX_DATE_MS) {
    throw new KronosValidationError(
      field,
      'milliseconds since the epoch (this looks like Kronos ticks, which want a bigint)',
      ms,
    )
  }
  const whole = Math.floor(ms)
  return BigInt(whole) * TICKS_PER_MS + BigInt(Math.round((ms - whole) * 1e4))
}

function fromISO(text: string, field: string): bigint {
  const [, year, month, day, clock = '00:00', fraction = '', zone = 'Z'] = ISO.exec(text) ?? []
  // `Date` wants the offset as ±hh:mm, and rolls 30 February over into March where ISO 8601 has no such day.
  const offset = zone.replace(/^(...):?(\d\d)?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`)
  const ms = Date.parse(`${year}-${month}-${day}T${clock}${offset.toUpperCase()}`)
  const wholeSeconds = clock.length > 5 || !fraction
  if (
    Number.isNaN(ms) ||
    new Date(Date.parse(`${year}-${month}-${day}`)).getUTCDate() !== Number(day) ||
    !wholeSeconds
  ) {
    throw new KronosValidationError(field, 'an ISO 8601 date', text)
  }
  return BigInt(ms) * TICKS_PER_MS + BigInt(fraction.slice(0, 7).padEnd(7, '0'))
}

let last: KronosTime = 0n

/** The time now, to the millisecond, and some ticks more: never the same twice in one process, never backwards. */
export function kronosTimeNow(): KronosTime {
  const now = BigInt(Date.now()) * TICKS_PER_MS
  last = now > last ? now : last + 1n
  return last
}

/** The `Date` of a time, cut off to the millisecond. */
export function toDate(time: KronosTime): Date {
  return new Date(Number(floorDivide(time, TICKS_PER_MS)))
}

/** A time as an exact ISO 8601 string in UTC, with 7 decimals. */
export function toISOString(time: KronosTime): string {
  const ticks = time - floorDivide(time, TICKS_PER_MS) * TICKS_PER_MS
  return toDate(time)
    .toISOString()
    .replace('Z', `${String(ticks).padStart(4, '0')}Z`)
}

/** `BigInt` division rounds towards zero; times before 1970 want the floor. */
function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value < 0n && quotient * by !== value ? quotient - 1n : quotient
}
