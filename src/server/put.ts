import { makeId } from '../protocol/event-id.ts'
import { ERRORS_FIELD, ID_FIELD, isName, REJECTED_FIELD, TIMESTAMP_FIELD } from '../protocol/fields.ts'
import { tailsOf } from '../protocol/idempotency.ts'
import { type ScannedEvent, scanPutBody } from '../protocol/put-body.ts'
import { type KronosTime, kronosTimeNow } from '../protocol/time.ts'
import type { Store, StoredEvent } from '../store/store.ts'
import { checkNamespace } from './access.ts'
import { answerFailure, answerJSON, type Member } from './answers.ts'
import { readText, scan } from './body.ts'
import type { Call } from './call.ts'
import { readIndexes, readKey } from './idempotency-key.ts'
import { describeStoreError, Refusal } from './refusal.ts'
import type { Work } from './work.ts'

/** What a put answers about one stream. */
interface Outcome {
  /** What the store did; absent if there was nothing for it to do. */
  inserted?: { num_inserted: number; [ERRORS_FIELD]?: string[] }
  /** How the store failed. */
  failure?: string
  rejected: Rejection[]
}

/** An event refused, by its index in the array sent; a whole stream refused has none. */
interface Rejection {
  index?: number
  error: string
}

/** Gives events their ids and their text, and stores those that are valid. */
export async function put({ request, url, rights, settings, startedAt, work }: Call): Promise<Response> {
  const { store, maxBodyBytes, maxEventsPerPut } = settings
  const key = readKey(request, url)
  const body = scan(scanPutBody, await readText(request, maxBodyBytes))
  const namespace = checkNamespace(rights, body.namespace)
  const indexes = readIndexes(body.index)
  checkCount(body.events, maxEventsPerPut)

  const outcomes = await Promise.all(
    [...body.events].map(async ([stream, events]): Promise<[string, Outcome]> => {
      if (!isName(stream)) {
        return [stream, { rejected: [{ error: 'a stream name is 1 to 2048 of A-Z a-z 0-9 _ . -' }] }]
      }
      const tails = key === undefined ? randomTails() : tailsOf(key, namespace, stream)
      const first = indexes.get(stream) ?? 0
      const { valid, rejected } = stampEvents(events, (index) => tails(first + index), key === undefined)
      if (events.length === 0) return [stream, { rejected }]
      return [stream, { rejected, ...(await insert(store, namespace, stream, valid)) }]
    }),
  )
  return answerOutcomes(outcomes, { store, startedAt, work })
}

function checkCount(streams: Map<string, ScannedEvent[]>, max: number): void {
  let count = 0
  for (const events of streams.values()) count += events.length
  if (count > max) throw new Refusal(413, `${count} events in one put, more than ${max}`)
}

function stampEvents(
  events: readonly ScannedEvent[],
  tail: (index: number) => string,
  stampsTime: boolean,
): { valid: StoredEvent[]; rejected: Rejection[] } {
  const valid: StoredEvent[] = []
  const rejected: Rejection[] = []
  for (const [index, { members, time: ownTime, error }] of events.entries()) {
    const time = ownTime ?? (stampsTime ? kronosTimeNow() : undefined)
    if (error !== undefined) rejected.push({ index, error })
    else if (time === undefined) {
      // Sent again it would get another time, and so another id.
      rejected.push({ index, error: `with an idempotency key an event needs its ${TIMESTAMP_FIELD}` })
    } else valid.push(stampEvent(members, time, tail(index)))
  }
  return { valid, rejected }
}

function stampEvent(members: string, time: KronosTime, tail: string): StoredEvent {
  const id = makeId(time, tail)
  const rest = members && `,${members}`
  return { id, time, text: `{"${ID_FIELD}":"${id}","${TIMESTAMP_FIELD}":${time}${rest}}` }
}

/** As `tailsOf` gives them, of a random base: events of one tick keep their order in a stream of a request. */
function randomTails(): (index: number) => string {
  const [random] = crypto.getRandomValues(new BigUint64Array(1))
  const base = random! & ((1n << 59n) - 1n)
  return (index) => (base + BigInt(index)).toString(16).padStart(15, '0')
}

async function insert(
  store: Store,
  namespace: string,
  stream: string,
  events: StoredEvent[],
): Promise<Pick<Outcome, 'inserted' | 'failure'>> {
  try {
    if (events.length > 0) await store.insert(namespace, stream, events)
    return { inserted: { num_inserted: events.length } }
  } catch (error) {
    const failure = describeStoreError(store, error)
    return { inserted: { num_inserted: -1, [ERRORS_FIELD]: [failure] }, failure }
  }
}

/** An answer of 200 says what was stored; of a store that stored nothing, as a full disk's, it is a 503. */
function answerOutcomes(
  outcomes: readonly [string, Outcome][],
  { store, startedAt, work }: { store: Store; startedAt: number; work: Work },
): Response {
  const members: Member[] = []
  const errors: string[] = []
  const rejections: Member[] = []
  const failures: string[] = []
  for (const [stream, { inserted, failure, rejected }] of outcomes) {
    if (inserted) members.push([stream, { [store.name]: inserted }])
    for (const { index, error } of rejected) {
      errors.push(`${JSON.stringify(stream)}${index === undefined ? '' : `[${index}]`}: ${error}`)
    }
    if (rejected.length > 0) rejections.push([stream, rejected])
    if (failure !== undefined) failures.push(failure)
    else work.put += inserted?.num_inserted ?? 0
  }
  if (errors.length > 0) {
    members.push([ERRORS_FIELD, errors], [REJECTED_FIELD, Object.fromEntries(rejections)])
  }
  if (failures.length === 0) return answerJSON(members, startedAt, errors.length === 0)
  work.error = failures[0]!
  if (work.put > 0) return answerJSON(members, startedAt, false)
  return answerFailure([...members, [ERRORS_FIELD, [...new Set(failures), ...errors]]], startedAt)
}
