import { checkNamespace } from './access.ts'
import { readMembers } from './body.ts'
import type { Call } from './call.ts'
import { readField, readFlag } from './fields.ts'
import { answerLines } from './line-answer.ts'

const CHUNK_LENGTH = 64 * 1024

/** Answers the names of a namespace's streams. */
export async function streams({ request, rights, settings, work }: Call): Promise<Response> {
  const { store, maxBodyBytes } = settings
  const members = await readMembers(request, maxBodyBytes)
  const end = readFlag(members, 'end')
  const namespace = checkNamespace(rights, readField(members, 'namespace'))
  const chunks = inChunks(store.streams(namespace))
  return answerLines(chunks, { store, contentType: 'text/plain; charset=utf-8', end, work })
}

/** Names as chunks of lines: one write to the socket a name would be many. */
export async function* inChunks(names: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk = ''
  for await (const name of names) {
    chunk += `${name}\r\n`
    if (chunk.length >= CHUNK_LENGTH) {
      yield chunk
      chunk = ''
    }
  }
  if (chunk) yield chunk
}
