import { Batch, type QueuedEvent } from './batch.ts'

/** When a batch is full. */
export interface BatchLimits {
  readonly maxBatchEvents: number
  readonly maxBatchBytes: number
}

/** The batches that are not delivered yet, oldest first. */
export class Backlog {
  readonly #limits: BatchLimits
  readonly #makeKey: () => string
  #batches = new Set<Batch>()
  /** The batch that takes events, for each namespace. */
  readonly #open = new Map<string, Batch>()

  constructor(limits: BatchLimits, makeKey: () => string) {
    this.#limits = limits
    this.#makeKey = makeKey
  }

  get batches(): readonly Batch[] {
    return [...this.#batches]
  }

  has(key: string): boolean {
    return this.batches.some((batch) => batch.key === key)
  }

  /** The oldest batch that may go. It takes no more events. */
  next(): Batch | undefined {
    const batch = this.#find(({ sealed, due }) => sealed || due)
    if (batch) {
      this.#seal(batch)
      batch.sent = true
    }
    return batch
  }

  /** Adds an event to its batch, which is full then if it is sealed. */
  add(namespace: string, stream: string, text: string, bytes: number): Batch {
    const { maxBatchEvents, maxBatchBytes } = this.#limits
    let batch = this.#open.get(namespace)
    if (!batch || batch.overflows(stream, bytes, maxBatchBytes)) {
      if (batch) this.#seal(batch)
      batch = new Batch(this.#makeKey(), namespace)
      this.#batches.add(batch)
      this.#open.set(namespace, batch)
    }
    batch.add(stream, text, bytes)
    if (batch.events.length >= maxBatchEvents || batch.overflows(stream, 0, maxBatchBytes)) this.#seal(batch)
    return batch
  }

  /** Takes in what an earlier client has left. */
  restore(batches: readonly Batch[]): void {
    this.#batches = new Set([...batches, ...this.#batches])
  }

  /** Lets every batch go that has events now. */
  release(): void {
    for (const batch of this.#open.values()) batch.due = true
  }

  /** Takes out the oldest event of those that were never sent. */
  dropOldest(): [Batch, QueuedEvent] | undefined {
    const batch = this.#find(({ sent }) => !sent)
    if (!batch) return undefined
    const event = batch.dropOldest()
    if (batch.events.length === 0) this.remove(batch)
    return [batch, event]
  }

  remove(batch: Batch): void {
    this.#seal(batch)
    this.#batches.delete(batch)
  }

  #find(matches: (batch: Batch) => boolean): Batch | undefined {
    for (const batch of this.#batches) if (matches(batch)) return batch
    return undefined
  }

  #seal(batch: Batch): void {
    batch.sealed = true
    if (this.#open.get(batch.namespace) === batch) this.#open.delete(batch.namespace)
  }
}
