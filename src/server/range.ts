import { boundAbove, boundBelow, compareIds, isEventId } from '../protocol/event-id.ts'
import type { Order } from '../protocol/fields.ts'
import { HIGHEST_TIME, type KronosTime, LOWEST_TIME } from '../protocol/time.ts'
import type { RangeQuery } from '../store/store.ts'
import { type Members, readField, readInteger } from './fields.ts'
import { Refusal } from './refusal.ts'

/** A range as a request's body says it. */
export type Range = Omit<RangeQuery, 'namespace' | 'stream'>

/**
 * Reads `start_time`, `end_time`, `start_id` and `end_id`, `order` and `limit`.
 *
 * @returns `undefined` for a range that can hold nothing
 * @throws {Refusal} for a field that makes no sense, and for a range without an end
 */
export function readRange(members: Members): Range | undefined {
  const start = readInteger(members, 'start_time')
  const end = readInteger(members, 'end_time')
  const after = readId(members, 'start_id') ?? lowerBound(start ?? 0n)
  const before = readId(members, 'end_id') ?? (end === undefined ? undefined : upperBound(end))
  const order = readOrder(members)
  const limit = readInteger(members, 'limit')
  if (before === undefined) throw new Refusal(400, 'end_time: expected an integer')
  if (compareIds(after, before) >= 0 || (limit !== undefined && limit <= 0n)) return undefined
  return { after, before, order, ...(limit !== undefined && { limit: toCount(limit) }) }
}

/**
 * Reads `start_time` and `end_time`, moved to the nearest times that ids can hold.
 *
 * @returns `undefined` for a range that can hold nothing
 * @throws {Refusal} for a field that makes no sense, and for a range without an end
 */
export function readTimes(members: Members): { start: KronosTime; end: KronosTime } | undefined {
  const start = readInteger(members, 'start_time') ?? 0n
  const end = readInteger(members, 'end_time')
  if (end === undefined) throw new Refusal(400, 'end_time: expected an integer')
  if (start > end || start > HIGHEST_TIME || end < LOWEST_TIME) return undefined
  return { start: clamp(start), end: clamp(end) }
}

function clamp(time: KronosTime): KronosTime {
  if (time < LOWEST_TIME) return LOWEST_TIME
  return time > HIGHEST_TIME ? HIGHEST_TIME : time
}

/** A time that no id can hold is past every event, on its side. */
function lowerBound(time: KronosTime): string {
  if (time > HIGHEST_TIME) return boundAbove(HIGHEST_TIME)
  return boundBelow(time < LOWEST_TIME ? LOWEST_TIME : time)
}

function upperBound(time: KronosTime): string {
  if (time < LOWEST_TIME) return boundBelow(LOWEST_TIME)
  return boundAbove(time > HIGHEST_TIME ? HIGHEST_TIME : time)
}

function readId(members: Members, field: string): string | undefined {
  const id = readField(members, field)
  if (id === undefined) return undefined
  if (!isEventId(id)) throw new Refusal(400, `${field}: expected an @id, a version 1 UUID`)
  return id.toLowerCase()
}

function readOrder(members: Members): Order {
  const order = readField(members, 'order') ?? 'ascending'
  if (order !== 'ascending' && order !== 'descending') {
    throw new Refusal(400, 'order: expected ascending or descending')
  }
  return order
}

function toCount(limit: bigint): number {
  return Math.min(Number(limit), Number.MAX_SAFE_INTEGER)
}
