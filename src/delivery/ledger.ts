import { type DropReason, KronosConnectionError, KronosDeliveryError } from '../protocol/errors.ts'

/** An event that was not delivered, for `onError`: `rawEvent(text)` would put it again. */
export interface UndeliveredEvent {
  readonly namespace: string
  readonly stream: string
  /** Its JSON as it would have been sent; none if it has no JSON form. */
  readonly text?: string
}

/** Told of events that were refused or dropped, and of what holds all of them up (then without events). */
export type OnError = (error: Error, events: readonly UndeliveredEvent[]) => void

/**
 * Where a non-blocking client's events are. `accepted + recovered` is always the sum of `delivered`, `queued`
 * and all of `dropped`.
 */
export interface DeliveryStats {
  /** Events given to `put`. */
  accepted: number
  /** Events that a durable queue had from an earlier client. */
  recovered: number
  /** Events that the server has acknowledged. */
  delivered: number
  /** Events that wait or are on their way. */
  queued: number
  /** Their texts' length in UTF-8. */
  queuedBytes: number
  /** Events that were not delivered, by reason. */
  dropped: Record<DropReason, number>
}

/** Counts every event, and tells of those that get lost. */
export class Ledger {
  readonly stats: DeliveryStats = {
    accepted: 0,
    recovered: 0,
    delivered: 0,
    queued: 0,
    queuedBytes: 0,
    dropped: {
      invalid: 0,
      filtered: 0,
      overflow: 0,
      rejected: 0,
      refused: 0,
      exhausted: 0,
      closed: 0,
      unload: 0,
    },
  }
  readonly #onError: OnError | undefined
  #warned = false

  constructor(onError?: OnError) {
    this.#onError = onError
  }

  /** Events that `put` took and that will not be delivered. */
  get lost(): number {
    return Object.values(this.stats.dropped).reduce((sum, count) => sum + count) - this.stats.dropped.filtered
  }

  drop(reason: DropReason, events: readonly UndeliveredEvent[], cause?: unknown): void {
    if (events.length === 0) return
    this.stats.dropped[reason] += events.length
    this.report(new KronosDeliveryError(reason, events.length, { cause }), events)
  }

  /** Tells the application, whose hook may fail without harm. */
  async report(error: Error, events: readonly UndeliveredEvent[] = []): Promise<void> {
    try {
      if (this.#onError) return await this.#onError(error, events)
    } catch (failure) {
      this.#warn(failure)
    }
    if (!this.#onError) this.#warn(error)
  }

  /** Tells that the durable queue failed. What it could not take waits in memory only. */
  reportQueue(cause: unknown): void {
    this.report(new KronosConnectionError(`the queue failed, events wait in memory: ${cause}`, { cause }))
  }

  #warn(error: unknown): void {
    if (!this.#warned) console.warn(error)
    this.#warned = true
  }
}
