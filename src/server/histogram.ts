import { boundAbove, boundBelow, idTime } from '../protocol/event-id.ts'
import type { HistogramQuery, Store } from '../store/store.ts'
import { checkNamespace } from './access.ts'
import { answerJSON } from './answers.ts'
import { readMembers } from './body.ts'
import type { Call } from './call.ts'
import { readField, readInteger, readStream } from './fields.ts'
import { readTimes } from './range.ts'
import { Refusal, storeRefusal } from './refusal.ts'

const MAX_BUCKETS = 10_000n
/** What narrows a range elsewhere. Who sends one trusts it. */
const OTHER_BOUNDS = ['start_id', 'end_id', 'limit', 'order']

/** Answers how many events the buckets of a range hold. @see protocol: Histogram */
export async function histogram({ request, rights, settings, startedAt }: Call): Promise<Response> {
  const { store, maxBodyBytes } = settings
  const members = await readMembers(request, maxBodyBytes)
  const stream = readStream(members)
  for (const field of OTHER_BOUNDS) {
    if (readField(members, field) !== undefined) throw new Refusal(400, `${field}: histogram takes none`)
  }
  const range = readTimes(members)
  const width = readInteger(members, 'width')
  if (width !== undefined && width < 1n) throw new Refusal(400, 'width: expected an integer from 1')
  const namespace = checkNamespace(rights, readField(members, 'namespace'))
  let buckets: [bucket: number, count: number][] = []
  if (range) {
    const length = range.end - range.start + 1n
    if (width && (length - 1n) / width >= MAX_BUCKETS) {
      throw new Refusal(400, `width: the range would have more than ${MAX_BUCKETS} buckets`)
    }
    buckets = await count(store, { namespace, stream, ...range, width: width ?? length })
  }
  return answerJSON(
    [
      ['stream', stream],
      ['namespace', namespace],
      ['buckets', buckets],
    ],
    startedAt,
  )
}

async function count(store: Store, query: HistogramQuery): Promise<[bucket: number, count: number][]> {
  try {
    return await (store.histogram?.(query) ?? countEvents(store, query))
  } catch (error) {
    throw storeRefusal(store, error)
  }
}

/** For a store that can't count by itself. */
async function countEvents(store: Store, { start, end, width, ...names }: HistogramQuery) {
  const counts = new Map<number, number>()
  const range = { after: boundBelow(start), before: boundAbove(end), order: 'ascending' } as const
  for await (const chunk of store.retrieve({ ...names, ...range })) {
    for (const [, id] of chunk.matchAll(/^\{"@id":"([^"]+)/gm)) {
      const bucket = Number((idTime(id!) - start) / width)
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1)
    }
  }
  return [...counts]
}
