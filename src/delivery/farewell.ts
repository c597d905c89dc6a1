import type { Backlog } from './backlog.ts'
import type { QueuedEvent } from './batch.ts'
import { type Beacon, isOnline, sendPieces } from './beacon.ts'
import type { Ledger } from './ledger.ts'
import type { DurableQueue } from './queue.ts'

/** What a farewell needs; both send a batch's key and a body. */
export interface FarewellPlan {
  readonly beacon: Beacon
  /** By a `fetch` that outlives the page: for browsers that refuse beacons. */
  readonly keepAlive: Beacon
  readonly queue: DurableQueue | undefined
}

/**
 * Sends what waits and what is on its way by beacons when a page may go away. As a beacon is not acknowledged,
 * its events stay where they are: a page that lives on, or the next visit with a durable queue, sends them again
 * under the same key, and the server stores them once.
 */
export class Farewell {
  readonly #plan: FarewellPlan
  readonly #backlog: Backlog
  readonly #ledger: Ledger
  /** What has gone since the page was last shown. */
  #carried = new WeakSet<QueuedEvent>()
  #lost = 0
  #beaconed = false

  constructor(plan: FarewellPlan, backlog: Backlog, ledger: Ledger) {
    this.#plan = plan
    this.#backlog = backlog
    this.#ledger = ledger
  }

  /** @param final the page is being left: without a durable queue what no beacon takes is lost with it */
  leave(final: boolean): void {
    const { beacon, keepAlive, queue } = this.#plan
    const { batches } = this.#backlog
    const isLeft = (event: QueuedEvent) => !this.#carried.has(event)
    // Without a network a beacon is taken, and lost.
    if (isOnline()) {
      const taken = sendPieces(batches, isLeft, beacon)
      this.#beaconed ||= taken.length > 0
      // Once beacons are known to work, a refusal means that the quota is used up, which `fetch` shares.
      const others = this.#beaconed ? [] : sendPieces(batches, isLeft, keepAlive)
      for (const event of [...taken, ...others]) this.#carried.add(event)
    }
    if (!final || queue) return
    const lost = batches.flatMap(({ namespace, events }) =>
      events.filter(isLeft).map(({ stream, text }) => ({ namespace, stream, text })),
    )
    this.#lost += lost.length
    this.#ledger.drop('unload', lost)
  }

  /** The page is shown again, with all that it had. */
  comeBack(): void {
    this.#carried = new WeakSet()
    this.#ledger.stats.dropped.unload -= this.#lost
    this.#lost = 0
  }
}
