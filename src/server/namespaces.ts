import { isAllowed } from './access.ts'
import { readMembers } from './body.ts'
import type { Call } from './call.ts'
import { readFlag } from './fields.ts'
import { answerLines } from './line-answer.ts'
import { inChunks } from './streams.ts'

/** Answers the names of the namespaces that hold an event and may be used. @see protocol: Namespaces */
export async function namespaces({ request, rights, settings, work }: Call): Promise<Response> {
  const { store, maxBodyBytes } = settings
  const end = readFlag(await readMembers(request, maxBodyBytes), 'end')

  async function* allowed(): AsyncGenerator<string> {
    for await (const name of store.namespaces()) if (isAllowed(rights, name)) yield name
  }
  return answerLines(inChunks(allowed()), { store, contentType: 'text/plain; charset=utf-8', end, work })
}
