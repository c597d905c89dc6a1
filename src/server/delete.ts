import { checkNamespace } from './access.ts'
import { answerJSON } from './answers.ts'
import { readMembers } from './body.ts'
import type { Call } from './call.ts'
import { readField, readStream } from './fields.ts'
import { readRange } from './range.ts'
import { Refusal, storeRefusal } from './refusal.ts'

/** Deletes a range's events and answers how many there were. */
export async function deleteEvents({ request, rights, settings, startedAt, work }: Call): Promise<Response> {
  const { store, maxBodyBytes } = settings
  const members = await readMembers(request, maxBodyBytes)
  const stream = readStream(members)
  // Who sends a limit trusts it; to delete the whole range instead can't be made good.
  if (readField(members, 'limit') !== undefined) throw new Refusal(400, 'limit: delete takes none')
  const range = readRange(members)
  const namespace = checkNamespace(rights, readField(members, 'namespace'))
  let count = 0
  try {
    if (range) count = await store.delete({ namespace, stream, ...range })
  } catch (error) {
    throw storeRefusal(store, error)
  }
  work.deleted = count
  return answerJSON([[stream, { [store.name]: { num_deleted: count } }]], startedAt)
}
