import type { QueuedEvent } from './batch.ts'

/**
 * Takes what is left of a batch apart where an event of a stream is missing in between: one that a full disk or a
 * torn record has cost. A request says the place of a stream's first event only, so the others have to follow.
 */
export function splitRuns(events: readonly QueuedEvent[]): QueuedEvent[][] {
  const runs: QueuedEvent[][] = [[]]
  let next = new Map<string, number>()
  for (const event of events) {
    if ((next.get(event.stream) ?? event.index) !== event.index) {
      runs.push([])
      next = new Map()
    }
    next.set(event.stream, event.index + 1)
    runs.at(-1)!.push(event)
  }
  return runs
}
