import { sortKey } from '../../protocol/event-id.ts'
import { LOWEST_TIME } from '../../protocol/time.ts'
import type { StoredEvent } from '../store.ts'

/** Where an event sorts, as two columns: its id's 60 bits of time, and its last 64 bits. */
export type Key = [time: bigint, tail: bigint]

/** The key of an id, or of a bound. SQLite's integers are signed: the tail is moved down, so its order stays. */
export function keyOf(id: string): Key {
  const digits = sortKey(id).replace('-', '')
  const time = BigInt(`0x${digits.slice(0, 15)}`)
  return [time, BigInt(`0x${digits.slice(15)}`) - 2n ** 63n]
}

/** The key of an event: that of its id, whose time it knows already. */
export function keyOfEvent({ id, time }: StoredEvent): Key {
  return [time - LOWEST_TIME, BigInt(`0x${id.slice(19, 23)}${id.slice(24)}`) - 2n ** 63n]
}
