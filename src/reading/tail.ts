import { sleep } from '../protocol/clock.ts'
import { idTime } from '../protocol/event-id.ts'
import { HIGHEST_TIME, type KronosTime, toKronosTime } from '../protocol/time.ts'
import type { Codec } from './codec.ts'
import { isResumable, type ReadPlan, readBatches } from './read.ts'

/** What a tail needs to run. */
export interface TailPlan extends Omit<ReadPlan, 'range'> {
  readonly namespace: string
  readonly stream: string
  readonly from: KronosTime
  readonly overlapMs: number
  readonly pollIntervalMs: number
}

/**
 * Yields events as they arrive, for ever. Each poll reads from the last `overlapMs` on, without an upper end, and
 * leaves out what was yielded. The overlap ends at the newest event seen, or now where that is in the future: so
 * neither such an event nor a clock that is ahead here makes the next polls begin too late.
 *
 * A poll is resumed as a `get` is. What still breaks it ends the tail only before the server has ever answered.
 */
export async function* tailBatches<Item>(
  plan: TailPlan,
  codec: Codec<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item[]> {
  const overlap = new Overlap(plan.from, BigInt(Math.ceil(plan.overlapMs * 1e4)))
  let answered = false
  for (;;) {
    const now = toKronosTime(plan.clock.now())
    const range = {
      namespace: plan.namespace,
      stream: plan.stream,
      start: overlap.start,
      end: HIGHEST_TIME,
      order: 'ascending' as const,
    }
    try {
      for await (const items of readBatches({ ...plan, range }, codec, signal)) {
        answered = true
        const fresh = overlap.take(items, codec.id as (item: Item) => string, now)
        if (fresh.length > 0) yield fresh
      }
      answered = true
    } catch (error) {
      signal.throwIfAborted()
      if (!answered || !isResumable(error)) throw error
    }
    await sleep(plan.pollIntervalMs, signal, plan.clock)
  }
}

/** Which events of the time that polls read again were yielded: their ids, and no more than those. */
class Overlap {
  /** Where the next poll begins. It never goes back, since what lies before it is forgotten. */
  start: KronosTime
  readonly #overlap: bigint
  readonly #seen = new Set<string>()
  #sweepAt = 1000

  constructor(start: KronosTime, overlap: bigint) {
    this.start = start
    this.#overlap = overlap
  }

  /** Takes the next events of a poll that began at `now`, and returns those not seen before. */
  take<Item>(items: Item[], id: (item: Item) => string, now: KronosTime): Item[] {
    const fresh = items.filter((item) => !this.#seen.has(id(item)))
    for (const item of fresh) this.#seen.add(id(item))
    const past = items.findLast((item) => idTime(id(item)) <= now)
    if (past) {
      const start = idTime(id(past)) - this.#overlap
      if (start > this.start) this.start = start
    }
    if (this.#seen.size > this.#sweepAt) this.#sweep()
    return fresh
  }

  #sweep(): void {
    for (const id of this.#seen) if (idTime(id) < this.start) this.#seen.delete(id)
    this.#sweepAt = Math.max(1000, 2 * this.#seen.size)
  }
}
