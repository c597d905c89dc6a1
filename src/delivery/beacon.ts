import { type Batch, measure, type QueuedEvent, writeBody } from './batch.ts'

/** Hands a request to the browser, which sends it though the page goes away. Answers whether the browser took it. */
export type Beacon = (url: string, body: string) => boolean

/** What all beacons and `keepalive` requests that are on their way may hold together. */
const QUOTA_BYTES = 65_536
/** A rest of the quota that is not worth another attempt. */
const SMALLEST_BYTES = 512

/** The browser's own beacon. A string goes as `text/plain`, so a page needs no CORS preflight. */
export const browserBeacon: Beacon = (url, body) => globalThis.navigator?.sendBeacon?.(url, body) ?? false

export const isOnline = () => globalThis.navigator?.onLine !== false

/**
 * Hands out events in pieces, as many as the quota has room for. A piece that is refused is halved, since others
 * may have used up some of the quota. What is larger than that is passed over.
 *
 * @param send whether a piece was taken
 * @returns the events that were
 */
export function sendPieces(
  batches: readonly Batch[],
  isWanted: (event: QueuedEvent) => boolean,
  send: (key: string, body: string) => boolean,
): QueuedEvent[] {
  const taken: QueuedEvent[] = []
  let room = QUOTA_BYTES
  let refused = false
  for (const { key, namespace, events } of batches) {
    let rest = events.filter(isWanted)
    while (rest.length > 0 && room >= SMALLEST_BYTES) {
      const { count, bytes } = measure(namespace, rest, room)
      const piece = rest.slice(0, count)
      if (count === 0 || send(key, writeBody(namespace, piece))) {
        taken.push(...piece)
        rest = rest.slice(count || 1)
        if (!refused) room -= bytes
      } else {
        refused = true
        room = bytes / 2
      }
    }
  }
  return taken
}
