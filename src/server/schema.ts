import { boundAbove, boundBelow } from '../protocol/event-id.ts'
import { inferSchema } from '../protocol/schema.ts'
import { kronosTimeNow } from '../protocol/time.ts'
import type { RangeQuery, Store } from '../store/store.ts'
import { checkNamespace } from './access.ts'
import { answerJSON } from './answers.ts'
import { readMembers } from './body.ts'
import type { Call } from './call.ts'
import { readField, readStream } from './fields.ts'
import { storeRefusal } from './refusal.ts'

/** How many of the newest events a schema is made of. */
const SAMPLE_SIZE = 100

/** Answers the schema of a stream's newest events; those from the future are not looked at. */
export async function schema({ request, rights, settings, startedAt }: Call): Promise<Response> {
  const { store, maxBodyBytes } = settings
  const members = await readMembers(request, maxBodyBytes)
  const stream = readStream(members)
  const namespace = checkNamespace(rights, readField(members, 'namespace'))
  const texts = await readTexts(store, {
    namespace,
    stream,
    after: boundBelow(0n),
    before: boundAbove(kronosTimeNow()),
    order: 'descending',
    limit: SAMPLE_SIZE,
  })
  return answerJSON(
    [
      ['stream', stream],
      ['namespace', namespace],
      ['schema', inferSchema(texts)],
    ],
    startedAt,
  )
}

async function readTexts(store: Store, query: RangeQuery): Promise<string[]> {
  const texts: string[] = []
  try {
    for await (const chunk of store.retrieve(query)) texts.push(...chunk.trimEnd().split('\r\n'))
  } catch (error) {
    throw storeRefusal(store, error)
  }
  return texts
}
