import type { QueuedEvent } from './batch.ts'

/** Events of a batch that go in one request. */
export interface Part {
  readonly events: readonly QueuedEvent[]
  readonly trial?: Trial | undefined
  /** In its trial: 1 for a half, 2 for a quarter, 3 for an event alone. */
  readonly level: number
}

/** Finds out whether a 400 is meant for an event, or for every request there is. */
interface Trial {
  /** What the server said. */
  readonly words: string
  over: boolean
  /** The quarters that were refused; then what they have beside the event that is tried alone. */
  held: (readonly QueuedEvent[])[]
  /** The events that were refused alone. */
  readonly alone: QueuedEvent[]
}

/** What of a batch is still to be sent: one part, until the server refuses it. */
export class Parts {
  readonly #stack: Part[] = []

  constructor(events: readonly QueuedEvent[]) {
    this.push(events)
  }

  next(): Part | undefined {
    return this.#stack.pop()
  }

  push(events: readonly QueuedEvent[], trial?: Trial, level = 0): void {
    if (events.length > 0) this.#stack.push({ events, trial, level })
  }

  /** Takes a part in two. A single event can't be: it is returned, to be given up. */
  halve({ events, level }: Part, trial?: Trial): readonly QueuedEvent[] {
    if (events.length === 1) return events
    const middle = events.length >> 1
    this.push(events.slice(middle), trial, level + 1)
    this.push(events.slice(0, middle), trial, level + 1)
    return []
  }

  /**
   * A part was answered by 400: takes it in two, to find the event which that is meant for. When both halves, all
   * quarters and an event of each by itself are refused in the same words, it is meant for none. Returns the
   * events to give up.
   */
  refuse(part: Part, words: string): readonly QueuedEvent[] {
    const { events, trial, level } = part
    if (trial?.over !== false || trial.words !== words) {
      const next = events.length < 4 ? undefined : { words, over: false, held: [], alone: [] }
      return [...this.accept(part), ...this.halve({ ...part, level: 0 }, next)]
    }
    if (level === 1) return this.halve(part, trial)
    if (level === 2) {
      trial.held.push(events)
      // Each may have an event that is bad. One of each shows whether they all would be.
      if (trial.held.length < 4) return []
      for (const quarter of trial.held) this.push(quarter.slice(0, 1), trial, 3)
      trial.held = trial.held.map((quarter) => quarter.slice(1))
      return []
    }
    trial.alone.push(...events)
    return trial.alone.length < 4 ? [] : [...trial.alone, ...trial.held.flat()]
  }

  /** A part was answered in another way: the trial it is in is over. Returns the events to give up. */
  accept({ trial }: Part): readonly QueuedEvent[] {
    if (trial?.over !== false) return []
    trial.over = true
    for (const quarter of trial.held) this.push(quarter)
    return trial.alone
  }
}
