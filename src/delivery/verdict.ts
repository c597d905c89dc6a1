import type { Answer } from '../protocol/answer.ts'
import { REJECTED_FIELD, SUCCESS_FIELD } from '../protocol/fields.ts'
import { groupByStream, type QueuedEvent } from './batch.ts'

/** The answer of a put, as far as it says what became of the events. */
export type PutAnswer = Answer & {
  [REJECTED_FIELD]?: Record<string, { index?: number }[]>
  [stream: string]: unknown
}

/** What became of the events of one request. */
export interface Verdict {
  readonly rejected: QueuedEvent[]
  /** Of streams whose store failed. */
  readonly again: QueuedEvent[]
}

/**
 * Reads who of the events sent is not stored. An original server doesn't name the events that it rejects: then
 * as many count as rejected as it stored too few, the last ones of their stream.
 *
 * @see protocol: Put, Rejected events by name
 */
export function readVerdict(answer: PutAnswer, events: readonly QueuedEvent[]): Verdict {
  const verdict: Verdict = { rejected: [], again: [] }
  if (answer[SUCCESS_FIELD]) return verdict
  for (const [stream, sent] of groupByStream(events)) {
    const stores = Object.values((answer[stream] ?? {}) as Record<string, { num_inserted: number }>)
    const stored = stores.map((store) => store.num_inserted)
    const named = answer[REJECTED_FIELD]?.[stream]
    if (stored.includes(-1)) verdict.again.push(...sent)
    else if (named?.every(({ index }) => index !== undefined)) {
      verdict.rejected.push(...named.flatMap(({ index }) => sent[index!] ?? []))
    } else verdict.rejected.push(...sent.slice(Math.max(0, ...stored)))
  }
  return verdict
}
