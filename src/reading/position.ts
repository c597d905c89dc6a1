import { compareIds, idTime } from '../protocol/event-id.ts'
import type { Order } from '../protocol/fields.ts'
import { stringify } from '../protocol/json.ts'
import type { KronosTime } from '../protocol/time.ts'

/** What a `get` asks for. */
export interface ReadRange {
  readonly namespace: string
  readonly stream: string
  readonly start: KronosTime
  readonly end: KronosTime
  readonly startId?: string | undefined
  readonly endId?: string | undefined
  readonly order: Order
  readonly limit?: number | undefined
}

/**
 * How far a read has come, and so what is still to be asked for. Ascending it goes on behind the last event by
 * `start_id`. Descending it goes on before it by `end_id`, beside an `end_time` of the same tick: an original
 * server, which ignores `end_id`, gives that tick's events again, and those seen are left out here.
 *
 * @see protocol: Requests, end_id
 */
export class ReadPosition {
  readonly #range: ReadRange
  #last: string | undefined
  #count = 0
  /** Ids seen of the last event's tick, where a server may repeat them. */
  readonly #tick = new Set<string>()

  constructor(range: ReadRange) {
    this.#range = range
  }

  /** Whether the limit is reached. */
  get done(): boolean {
    return this.#count >= (this.#range.limit ?? Number.POSITIVE_INFINITY)
  }

  /** The body of the next request. */
  body(): string {
    const { namespace, stream, start, order, limit, ...range } = this.#range
    const ascending = order === 'ascending'
    const startId = (ascending && this.#last) || range.startId
    const endId = (!ascending && this.#last) || range.endId
    return stringify({
      namespace,
      stream,
      start_time: startId ? undefined : start,
      start_id: startId,
      end_time: endId ? idTime(endId) : range.end,
      end_id: endId,
      order,
      // Where events may come that are left out here, a limit counts on this side alone.
      limit: limit === undefined || range.endId ? undefined : limit - this.#count + this.#tick.size,
      end: true,
    })
  }

  /** Takes the next events of an answer, and returns those that are new and within the limit. */
  take<Item>(items: Item[], id: (item: Item) => string): Item[] {
    const { endId, order, limit } = this.#range
    let fresh = items
    if (this.#tick.size > 0) fresh = fresh.filter((item) => !this.#tick.has(id(item)))
    if (endId) fresh = fresh.filter((item) => compareIds(id(item), endId) < 0)
    if (limit !== undefined) fresh = fresh.slice(0, limit - this.#count)
    const last = fresh.at(-1)
    if (last === undefined) return fresh
    if (order === 'descending') this.#rememberTick(fresh.map(id))
    this.#last = id(last)
    this.#count += fresh.length
    return fresh
  }

  #rememberTick(ids: string[]): void {
    const tick = ids.at(-1)!.slice(0, TIME_DIGITS)
    if (!this.#last?.startsWith(tick)) this.#tick.clear()
    for (const id of ids) if (id.startsWith(tick)) this.#tick.add(id)
  }
}

/** What ids of one tick begin with. */
const TIME_DIGITS = 18
