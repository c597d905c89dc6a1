import { parseAnswer } from '../protocol/answer.ts'
import { backoff, type Clock, within } from '../protocol/clock.ts'
import { type DropReason, type KronosHTTPError, KronosResponseError } from '../protocol/errors.ts'
import { ERRORS_FIELD } from '../protocol/fields.ts'
import { isRetriedStatus } from '../protocol/statuses.ts'
import type { RetryPolicy } from '../transport/http.ts'
import { type Batch, type QueuedEvent, writeBody } from './batch.ts'
import type { Ledger } from './ledger.ts'
import { type Part, Parts } from './parts.ts'
import type { DurableQueue } from './queue.ts'
import { type PutAnswer, readVerdict } from './verdict.ts'

/** What a carrier needs to run. */
export interface CarrierPlan {
  /** Sends one request of a batch, without retries or a timeout of its own. */
  readonly open: (key: string, body: string, signal: AbortSignal) => Promise<Response>
  readonly timeout: number
  readonly retry: RetryPolicy
  readonly clock: Clock
  readonly queue: DurableQueue | undefined
  /** Events are delivered, or given up for a reason. */
  readonly settle: (
    batch: Batch,
    events: readonly QueuedEvent[],
    reason?: DropReason,
    cause?: unknown,
  ) => void
  readonly ledger: Ledger
}

const LONGEST_WAIT_MS = 3_600_000

/** Brings batches to the server one at a time, and each to its end. */
export class Carrier {
  readonly #plan: CarrierPlan
  #wake: ((all: boolean) => void) | undefined
  #held = false
  #unstored = false

  constructor(plan: CarrierPlan) {
    this.#plan = plan
  }

  /** Ends a wait between attempts; one that the server asked for only with `all`. */
  wake(all = false): void {
    this.#wake?.(all)
  }

  /** Resolves when no event of the batch is left; rejects only when the signal aborts. */
  async carry(batch: Batch, signal: AbortSignal): Promise<void> {
    const { settle, retry } = this.#plan
    const parts = new Parts(batch.events)
    let failures = 0
    for (let part = parts.next(); part && batch.events.length > 0; part = parts.next()) {
      const failure = await this.#try(batch, part, parts, signal)
      if (!failure) failures = 0
      else if (!isDenial(failure) && ++failures > retry.limit)
        settle(batch, batch.events, 'exhausted', failure)
      else await this.#pause(failure, failures, signal)
    }
  }

  /** Makes one attempt, and returns why it is to be made again. */
  async #try(batch: Batch, part: Part, parts: Parts, signal: AbortSignal): Promise<unknown> {
    const { settle } = this.#plan
    const giveUp = (events: readonly QueuedEvent[], error: unknown) => settle(batch, events, 'refused', error)
    try {
      const answer = await this.#send(batch, part.events, signal)
      this.#held = false
      // Somebody else who shares the queue has delivered it.
      if (!answer) return settle(batch, batch.events)
      const { rejected, again } = readVerdict(answer, part.events)
      const error = new KronosResponseError(answer[ERRORS_FIELD] ?? [], answer)
      const open = new Set([...rejected, ...again])
      settle(batch, rejected, 'rejected', error)
      settle(batch, open.size > 0 ? part.events.filter((event) => !open.has(event)) : part.events)
      giveUp(parts.accept(part), error)
      parts.push(again)
      return again.length > 0 && error
    } catch (error) {
      signal.throwIfAborted()
      const { status, errors } = error as Partial<KronosHTTPError>
      if (status === 413) giveUp([...parts.accept(part), ...parts.halve(part)], error)
      else if (status === 400) giveUp(parts.refuse(part, String(errors)), error)
      else if (!status || isRetriedStatus(status) || isDenial(error)) {
        parts.push(part.events, part.trial, part.level)
        return error
      } else giveUp([...parts.accept(part), ...part.events], error)
    }
  }

  async #send(batch: Batch, events: readonly QueuedEvent[], signal: AbortSignal) {
    const { open, queue, timeout, clock } = this.#plan
    await this.#store()
    const abort = new AbortController()
    const exchange = async (): Promise<PutAnswer> => {
      const body = writeBody(batch.namespace, events)
      const response = await open(batch.key, body, AbortSignal.any([signal, abort.signal]))
      return parseAnswer<PutAnswer>(await response.text())
    }
    const send = () => within(timeout, exchange(), signal, clock).finally(() => abort.abort())
    return queue?.exclusively ? queue.exclusively(batch.key, send) : send()
  }

  /** A queue that fails is reported once; its events go on from memory. */
  async #store(): Promise<void> {
    try {
      await this.#plan.queue?.settle()
      this.#unstored = false
    } catch (error) {
      if (!this.#unstored) this.#plan.ledger.reportQueue(error)
      this.#unstored = true
    }
  }

  async #pause(failure: unknown, failures: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { retry, clock, ledger } = this.#plan
    const { retryAfter = 0 } = failure as Partial<KronosHTTPError>
    const denied = isDenial(failure)
    if (denied && !this.#held) ledger.report(failure as Error)
    this.#held = denied
    const wait = denied ? retry.maxDelay : backoff(failures, retry.minDelay, retry.maxDelay, clock)
    await new Promise<void>((resolve) => {
      const stop = clock.after(Math.max(wait, Math.min(retryAfter, LONGEST_WAIT_MS)), resolve)
      this.#wake = (all) => {
        if (!all && retryAfter > 0) return
        stop()
        resolve()
      }
    })
    signal.throwIfAborted()
  }
}

/** A token that is missing or wrong can be mended without losing anything. */
function isDenial(failure: unknown): boolean {
  const { status } = failure as Partial<KronosHTTPError>
  return status === 401 || status === 403
}
