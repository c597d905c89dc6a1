import { KronosValidationError } from './errors.ts'
import { type KronosTime, LOWEST_TIME } from './time.ts'

const EVENT_ID = /^[\da-f]{8}-[\da-f]{4}-1[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i

/** Whether a value is a version 1 UUID, in either case. */
export function isEventId(value: unknown): value is string {
  return typeof value === 'string' && EVENT_ID.test(value)
}

/**
 * The exact ticks inside an `@id`.
 *
 * @throws {KronosValidationError} for what is no version 1 UUID
 */
export function idTime(id: string): KronosTime {
  if (!isEventId(id)) throw new KronosValidationError('id', 'a version 1 UUID', id)
  return BigInt(`0x${timeDigits(id)}`) + LOWEST_TIME
}

/**
 * Orders two `@id`s as Kronos does: by time, then by the 16 bytes, unsigned. To be given to `Array.sort`.
 *
 * @see protocol: Time and ids
 */
export function compareIds(a: string, b: string): -1 | 0 | 1 {
  const left = sortKey(a)
  const right = sortKey(b)
  return left < right ? -1 : left > right ? 1 : 0
}

/** A string whose order by code units is the order of ids: the time's digits, highest first, then the rest. */
export function sortKey(id: string): string {
  return timeDigits(id) + id.slice(19)
}

/** The time of what {@link sortKey} gives. */
export function keyTime(key: string): KronosTime {
  return BigInt(`0x${key.slice(0, 15)}`) + LOWEST_TIME
}

/** The 15 hexadecimal digits of an id's time, highest first. */
function timeDigits(id: string): string {
  return id.slice(15, 18) + id.slice(9, 13) + id.slice(0, 8)
}

/** The id of a time and of 60 further bits, given as 15 hexadecimal digits. */
export function makeId(time: KronosTime, tail: string): string {
  const digits = (time - LOWEST_TIME).toString(16).padStart(15, '0')
  return `${digits.slice(7)}-${digits.slice(3, 7)}-1${digits.slice(0, 3)}-8${tail.slice(0, 3)}-${tail.slice(3)}`
}

/** The greatest bound, shaped like an id, below every id of this tick: no id itself, so it excludes none. */
export function boundBelow(time: KronosTime): string {
  return `${makeId(time, '').slice(0, 19)}7fff-ffffffffffff`
}

/** The least bound, shaped like an id, above every id of this tick. */
export function boundAbove(time: KronosTime): string {
  return `${makeId(time, '').slice(0, 19)}9000-000000000000`
}
