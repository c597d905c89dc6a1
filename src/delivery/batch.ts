/** An event that waits to be delivered: its place in its batch, and its exact text. */
export interface QueuedEvent {
  /** Place in the batch, from 0; kept when events before it are gone. */
  readonly position: number
  readonly stream: string
  /** Place among the batch's events of this stream, which its `@id` is derived from. */
  readonly index: number
  readonly text: string
  /** Length of the text in UTF-8. */
  readonly bytes: number
}

/**
 * Events of one namespace under one idempotency key. Key, stream and index are an event's identity. They are
 * fixed when it is added, so the server gives it the same `@id` however often it comes, whoever sends it and
 * in whatever company: retries, halves of a refused batch, beacons, and what is read from a dead tab's queue.
 *
 * @see protocol: Idempotency
 */
export class Batch {
  readonly key: string
  readonly namespace: string
  /** Those that are neither delivered nor given up. */
  events: QueuedEvent[]
  /** Nothing is added any more. */
  sealed: boolean
  /** It may go though it is not full. */
  due = false
  /** An attempt may have been made: what is in it stays in it. */
  sent: boolean
  /** Resolves when no event is left. */
  readonly done: Promise<void>
  #finish!: () => void
  #bodyBytes: number
  #end: number
  readonly #indexes = new Map<string, number>()

  /** @param events what an earlier client has left of it */
  constructor(key: string, namespace: string, events: readonly QueuedEvent[] = []) {
    this.key = key
    this.namespace = namespace
    this.events = [...events]
    this.#end = events.at(-1)?.position ?? -1
    this.sealed = this.sent = events.length > 0
    this.#bodyBytes = FRAME_BYTES + namespace.length
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  /** The position of the last event there ever was. */
  get end(): number {
    return this.#end
  }

  /** Whether one event more would make the body of the request longer than that. */
  overflows(stream: string, bytes: number, maxBytes: number): boolean {
    const more = memberBytes(!this.#indexes.has(stream), stream, bytes)
    return this.#end >= 0 && this.#bodyBytes + more > maxBytes
  }

  add(stream: string, text: string, bytes: number): QueuedEvent {
    const index = this.#indexes.get(stream) ?? 0
    this.#indexes.set(stream, index + 1)
    this.#bodyBytes += memberBytes(index === 0, stream, bytes)
    const event = { position: ++this.#end, stream, index, text, bytes }
    this.events.push(event)
    return event
  }

  /** Takes out the oldest event, of a batch that was never sent. */
  dropOldest(): QueuedEvent {
    const event = this.events.shift()!
    if (this.events.length === 0) this.#finish()
    return event
  }

  /** Some events are delivered, or given up. */
  settle(events: readonly QueuedEvent[]): void {
    const settled = new Set(events.length < this.events.length ? events : [])
    this.events = settled.size > 0 ? this.events.filter((event) => !settled.has(event)) : []
    if (this.events.length === 0) this.#finish()
  }
}

/** What a body has beside its events. */
const FRAME_BYTES = '{"namespace":"","events":{},"index":{}}'.length

/** What an event adds to a body, at most; the first of its stream brings the name along, twice. */
function memberBytes(first: boolean, stream: string, bytes: number): number {
  return bytes + 1 + (first ? 2 * stream.length + 20 : 0)
}

/** The body of a put of some events of a batch, which of each stream are consecutive. */
export function writeBody(namespace: string, events: readonly QueuedEvent[]): string {
  const members: string[] = []
  const indexes: string[] = []
  for (const [stream, some] of groupByStream(events)) {
    members.push(`"${stream}":[${some.map((event) => event.text)}]`)
    indexes.push(`"${stream}":${some[0]!.index}`)
  }
  return `{"namespace":"${namespace}","events":{${members}},"index":{${indexes}}}`
}

export function groupByStream(events: readonly QueuedEvent[]): Map<string, QueuedEvent[]> {
  const groups = new Map<string, QueuedEvent[]>()
  for (const event of events) {
    const group = groups.get(event.stream)
    if (group) group.push(event)
    else groups.set(event.stream, [event])
  }
  return groups
}

/** How many events, from the first on, make a body of no more than so many bytes, and of how many at most. */
export function measure(
  namespace: string,
  events: readonly QueuedEvent[],
  maxBytes: number,
): { count: number; bytes: number } {
  const streams = new Set<string>()
  let bytes = FRAME_BYTES + namespace.length
  let count = 0
  for (const event of events) {
    const more = memberBytes(!streams.has(event.stream), event.stream, event.bytes)
    if (bytes + more > maxBytes) break
    streams.add(event.stream)
    bytes += more
    count++
  }
  return { count, bytes: count && bytes }
}
