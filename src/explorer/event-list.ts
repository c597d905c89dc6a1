import { compareIds, type EventStream } from '../index.ts'

/** The most rows that a table has: memory and scrollbars have an end. */
export const MAX_ROWS = 100_000
/** How long to read on before the page gets its turn. */
const SLICE_MS = 12
const NOTIFY_MS = 60
/** In pages, since a browser reads an answer to its end, whether or not anybody looks at it. */
const FIRST_PAGE = 1000
const MAX_PAGE = 16_000
let nextKey = 0

/** The `@id` of an event's text. */
export function readId(text: string): string {
  return text.startsWith('{"@id":"') ? text.slice(8, 44) : (JSON.parse(text)['@id'] as string)
}

/** Asks for the next events, at most so many, behind the one with that `@id`. */
export type OpenPage = (limit: number, last: string | undefined) => EventStream<unknown>

/**
 * The events of a table, as texts: read on as far as somebody looks, no further, and joined by those that a
 * live tail brings.
 */
export class EventList {
  readonly rows: string[] = []
  /** Tells it from others. */
  readonly key = nextKey++
  /** How many events were looked at: more than there are rows, where there are filters. */
  scanned = 0
  /** Whether there is nothing more to be read. */
  done = false
  error: unknown
  /** How many rows had to leave, since there are too many. */
  left = 0

  readonly #open: OpenPage
  readonly #matches: (text: string) => boolean
  readonly #onChange: () => void
  #wanted = 200
  #wake = () => {}
  #stopped = false
  #notified = 0
  #page: EventStream<unknown> | undefined
  #last: string | undefined

  constructor(open: OpenPage, matches: (text: string) => boolean, onChange: () => void) {
    this.#open = open
    this.#matches = matches
    this.#onChange = onChange
    void this.#read()
  }

  /** Reads on until there are so many rows. */
  want(count: number): void {
    this.#wanted = Math.max(this.#wanted, Math.min(count, MAX_ROWS))
    this.#wake()
  }

  stop(): void {
    this.#stopped = true
    this.#page?.cancel()
    this.#wake()
  }

  /** Puts in events that came just now, newest first, where they belong, and says how many rows are new. */
  insert(texts: readonly string[]): number {
    let inserted = 0
    for (const text of texts) {
      if (!this.#matches(text)) continue
      const at = this.#placeOf(readId(text))
      // Further down than has been read: it will be.
      if (at === undefined || (at === this.rows.length && !this.done)) continue
      this.rows.splice(at, 0, text)
      inserted++
    }
    const excess = this.rows.length - MAX_ROWS
    if (excess > 0) {
      this.rows.length = MAX_ROWS
      this.left += excess
      this.done = true
      this.stop()
    }
    return inserted
  }

  /** Where an event goes in descending order; nowhere if it is there. */
  #placeOf(id: string): number | undefined {
    let low = 0
    let high = this.rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const order = compareIds(readId(this.rows[middle]!), id)
      if (order === 0) return undefined
      if (order > 0) low = middle + 1
      else high = middle
    }
    return low
  }

  async #read(): Promise<void> {
    try {
      // Each page is twice as long as the one before: who looks on, or filters, wants many.
      for (let limit = FIRST_PAGE; !this.#stopped; limit = Math.min(limit * 2, MAX_PAGE)) {
        const count = await this.#readPage(limit)
        if (count < limit || this.rows.length >= MAX_ROWS) break
        await this.#wait()
      }
    } catch (error) {
      this.error = error
    }
    if (this.#stopped) return
    this.done = true
    this.#onChange()
  }

  /** Reads so many events more, and says how many there were. */
  async #readPage(limit: number): Promise<number> {
    this.#page = this.#open(limit, this.#last)
    let count = 0
    let turn = performance.now()
    for await (const text of this.#page.lines()) {
      if (this.#stopped) break
      count++
      this.scanned++
      this.#last = readId(text)
      if (this.#matches(text)) this.rows.push(text)
      if (this.rows.length >= MAX_ROWS) break
      const now = performance.now()
      if (now - turn < SLICE_MS) continue
      this.#notify(now)
      await new Promise((resolve) => setTimeout(resolve))
      turn = performance.now()
    }
    return count
  }

  async #wait(): Promise<void> {
    this.#onChange()
    while (this.rows.length >= this.#wanted && !this.#stopped) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #notify(now: number): void {
    if (now - this.#notified < NOTIFY_MS) return
    this.#notified = now
    this.#onChange()
  }
}
