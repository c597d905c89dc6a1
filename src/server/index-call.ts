import { VERSION } from '../version.ts'
import { answerJSON } from './answers.ts'
import type { Call } from './call.ts'

/** What this server has that the original Kronos has not. @see protocol: Ours only */
const FEATURES = ['idempotency', 'rejected', 'end', 'end_id', 'histogram', 'namespaces']

/** Answers what this server is, and whether its store is alive. */
export async function index({ settings, startedAt, serverId }: Call): Promise<Response> {
  const { store } = settings
  const alive = await store.isAlive().catch(() => false)
  return answerJSON(
    [
      ['service', 'kronosd'],
      ['version', VERSION],
      ['id', serverId()],
      ['storage', { [store.name]: { alive, backend: store.name } }],
      ['features', FEATURES],
    ],
    startedAt,
  )
}

/** Answers that the server is up, to everybody, and nothing else. */
export async function health({ startedAt }: Call): Promise<Response> {
  return answerJSON([], startedAt)
}
