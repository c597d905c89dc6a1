import type { QueuedEvent } from '../../src/delivery/batch.ts'
import type { DurableQueue } from '../../src/delivery/queue.ts'

interface Kept {
  key: string
  namespace: string
  event: QueuedEvent
}

/** What a durable queue is to its clients, in memory: it outlives them. Each client has a handle of its own. */
export class KeptQueue {
  #events: Kept[] = []

  get size(): number {
    return this.#events.length
  }

  /** @param isAlive a client that has crashed changes nothing any more */
  handle(isAlive: () => boolean): DurableQueue {
    // What is added is not kept before it is settled, as on a disk.
    let added: Kept[] = []
    return {
      add: ({ key, namespace }, event) => {
        added.push({ key, namespace, event })
      },
      settle: async () => {
        if (isAlive()) this.#events.push(...added)
        added = []
      },
      remove: (key, position) => {
        const isGone = (kept: Kept) => kept.key === key && kept.event.position <= position
        if (!isAlive()) return
        this.#events = this.#events.filter((kept) => !isGone(kept))
        added = added.filter((kept) => !isGone(kept))
      },
      recover: async (_, isKnown) => {
        return [...groupByKey(this.#events)]
          .filter(([key]) => !isKnown(key))
          .map(([key, kept]) => ({
            key,
            namespace: kept[0]!.namespace,
            events: kept.map(({ event }) => event),
          }))
      },
      close: async () => {},
    }
  }
}

function groupByKey(events: readonly Kept[]): Map<string, Kept[]> {
  const groups = new Map<string, Kept[]>()
  for (const kept of events) groups.set(kept.key, [...(groups.get(kept.key) ?? []), kept])
  return groups
}
