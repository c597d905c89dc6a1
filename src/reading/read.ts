import { backoff, type Clock, sleep, within } from '../protocol/clock.ts'
import {
  isKronosError,
  KronosConnectionError,
  type KronosHTTPError,
  KronosResponseError,
} from '../protocol/errors.ts'
import { END_FIELD, END_HEADER, ERRORS_FIELD } from '../protocol/fields.ts'
import { LineDecoder } from '../protocol/ndjson.ts'
import { isRetriedStatus } from '../protocol/statuses.ts'
import type { Codec } from './codec.ts'
import { ReadPosition, type ReadRange } from './position.ts'

/** What a read needs to run. */
export interface ReadPlan {
  readonly range: ReadRange
  /** Sends one request, without retries or a timeout of its own. */
  readonly open: (body: string, signal: AbortSignal) => Promise<Response>
  /** Milliseconds to the first byte, then between chunks while the consumer is pulling. */
  readonly timeout: number
  /** Attempts to reach a server that has never answered. */
  readonly attempts: number
  readonly clock: Clock
}

const MAX_FAILURES = 10
const MIN_DELAY_MS = 100
const MAX_DELAY_MS = 5000

/**
 * Reads a range as arrays of items, and goes on behind the last one after any break: a cut or stalled
 * connection, a status that may pass, a truncated line, an error line, an announced end that doesn't come.
 * Nothing is requested before the first pull; `return()` frees the connection.
 *
 * @throws {KronosConnectionError} after 10 failures in a row without a new event, all of them in its `cause`
 */
export async function* readBatches<Item>(
  plan: ReadPlan,
  codec: Codec<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item[]> {
  const position = new ReadPosition(plan.range)
  let failures: unknown[] = []
  let answered = false
  while (!position.done) {
    try {
      for await (const items of readAnswer(plan, codec, position, signal)) {
        answered = true
        if (items.length > 0) {
          failures = []
          yield items
        }
      }
      return
    } catch (error) {
      signal.throwIfAborted()
      if (!isResumable(error)) throw error
      const { code, retryAfter = 0 } = error as Partial<KronosHTTPError>
      answered ||= code === 'http'
      failures.push(error)
      // One that never answered is more likely not there than broken: that is said soon.
      if (failures.length >= (answered ? MAX_FAILURES : plan.attempts)) throw giveUp(failures)
      const delay = Math.max(
        backoff(failures.length, MIN_DELAY_MS, MAX_DELAY_MS, plan.clock),
        Math.min(retryAfter, MAX_DELAY_MS),
      )
      await sleep(delay, signal, plan.clock)
    }
  }
}

/** Not what a request can't mend: a refusal, or events missing inside an answer that came to its end. */
export function isResumable(error: unknown): boolean {
  if (!isKronosError(error)) return false
  const { status, response } = error as KronosHTTPError & KronosResponseError<object>
  return status === undefined ? !(response && END_FIELD in response) : isRetriedStatus(status)
}

function giveUp(failures: unknown[]): unknown {
  if (failures.length === 1) return failures[0]
  const last = failures.at(-1) as Error
  return new KronosConnectionError(
    `gave up after ${failures.length} failures in a row; the last: ${last.message}`,
    {
      cause: new AggregateError(failures),
    },
  )
}

/** One request and its answer, up to its end. The first array may be empty: it says that an answer has begun. */
async function* readAnswer<Item>(
  { open, timeout, clock }: ReadPlan,
  codec: Codec<Item>,
  position: ReadPosition,
  signal: AbortSignal,
): AsyncGenerator<Item[]> {
  const abort = new AbortController()
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  try {
    const request = open(position.body(), AbortSignal.any([signal, abort.signal]))
    const response = await within(timeout, request, signal, clock)
    yield []
    const announced = response.headers.has(END_HEADER)
    const lines = new LineDecoder()
    let count = 0
    reader = response.body?.getReader()
    for (;;) {
      const chunk = await within(timeout, readChunk(reader), signal, clock)
      const items = codec.decode(chunk ? lines.push(chunk) : lines.rest())
      const events = takeEvents(items, codec)
      count += events.length
      const fresh = position.take(events, codec.id as (item: Item) => string)
      if (fresh.length > 0) yield fresh
      if (position.done) return
      if (events.length < items.length) return checkEnd(codec.control(items[events.length]!), count)
      if (!chunk) {
        if (announced || lines.rest()) throw new KronosConnectionError('the answer is truncated')
        return
      }
    }
  } finally {
    reader?.cancel().catch(() => {})
    abort.abort()
  }
}

async function readChunk(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
): Promise<Uint8Array | undefined> {
  try {
    return (await reader?.read())?.value
  } catch (error) {
    throw new KronosConnectionError(`the connection broke: ${(error as Error)?.message}`, { cause: error })
  }
}

/** The items before the first one that is no event. */
function takeEvents<Item>(items: Item[], codec: Codec<Item>): Item[] {
  const end = items.findIndex((item) => !codec.id(item))
  return end < 0 ? items : items.slice(0, end)
}

function checkEnd(control: Record<string, unknown>, count: number): void {
  const end = control[END_FIELD] as { count?: number } | undefined
  if (end?.count === count) return
  const errors = control[ERRORS_FIELD] as string[] | undefined
  throw new KronosResponseError(
    errors ?? [end ? `${count} events came of ${end.count}` : 'a line that is no event'],
    control,
  )
}
