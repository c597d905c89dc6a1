import type { Batch, QueuedEvent } from './batch.ts'

/** What an earlier client has left of a batch. */
export interface StoredBatch {
  readonly key: string
  readonly namespace: string
  readonly events: readonly QueuedEvent[]
}

/**
 * Keeps events until they are acknowledged, so that they survive the client: `indexedDBQueue()` and
 * `fileQueue(path)` make one. It is for one client.
 */
export interface DurableQueue {
  /** Stores an event of a batch, by the next `settle` at the latest. */
  add(batch: Batch, event: QueuedEvent): void
  /** Resolves when all that was added is stored; rejects if something isn't, which then lives in memory alone. */
  settle(): Promise<void>
  /** Forgets a batch's events up to and with that position: they are acknowledged, or given up. */
  remove(key: string, position: number): void
  /** What earlier clients have left, about `maxBytes` at most, without the batches that are known. */
  recover(maxBytes: number, isKnown: (key: string) => boolean): Promise<StoredBatch[]>
  /**
   * Of a queue that clients share: sends while no other client does. Resolves to nothing, and does not send, if
   * another has delivered the batch.
   */
  exclusively?<T>(key: string, send: () => Promise<T>): Promise<T | undefined>
  close(): Promise<void>
}
