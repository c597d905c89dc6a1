import { v5 } from 'uuid'

/**
 * The 60 bits of an id that are not its time, for the events of one stream in one put, as a function of
 * the event's index. The same key gives the same ids, so a store that inserts by id keeps a batch once
 * however often it comes, and events of one tick keep their order.
 *
 * The base is the last 15 hexadecimal digits of the version 5 UUID of `NAMESPACE\nSTREAM` in the name space
 * of the key, without their top bit, so that adding an index never overflows.
 *
 * @see protocol: Idempotency
 */
export function tailsOf(key: string, namespace: string, stream: string): (index: number) => string {
  const digits = v5(`${namespace}\n${stream}`, key).replaceAll('-', '').slice(-15)
  const base = BigInt(`0x${digits}`) & ((1n << 59n) - 1n)
  return (index) => (base + BigInt(index)).toString(16).padStart(15, '0')
}
