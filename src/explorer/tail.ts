import type { KronosClient, KronosTime } from '../index.ts'

const POLL_INTERVAL_MS = 1000
const HIGHEST: KronosTime = 1030728576606846975n

/** The texts of a stream's events as they arrive, from a time on. */
export async function* tail(client: KronosClient, stream: string, from: KronosTime, signal: AbortSignal) {
  for (let startId: string | undefined; ; ) {
    for await (const text of client.get(stream, from, HIGHEST, { startId, signal }).lines()) {
      startId = text.slice(8, 44)
      yield text
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS))
    signal.throwIfAborted()
  }
}
