import { checkNamespace } from './access.ts'
import { readMembers } from './body.ts'
import type { Call } from './call.ts'
import { readField, readFlag, readStream } from './fields.ts'
import { answerLines } from './line-answer.ts'
import { readRange } from './range.ts'

/** Answers a range's events as the store keeps them: nothing is parsed on the way. */
export async function get({ request, rights, settings, work }: Call): Promise<Response> {
  const { store, maxBodyBytes } = settings
  const members = await readMembers(request, maxBodyBytes)
  const stream = readStream(members)
  const range = readRange(members)
  const end = readFlag(members, 'end')
  const namespace = checkNamespace(rights, readField(members, 'namespace'))
  const chunks = range ? store.retrieve({ namespace, stream, ...range }) : nothing()
  const tally = (lines: number) => {
    work.got += lines
  }
  return answerLines(chunks, { store, contentType: 'application/x-ndjson', end, work, tally })
}

async function* nothing(): AsyncGenerator<never> {}
