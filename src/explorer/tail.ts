import { idTime, type KronosClient, type KronosTime, kronosTimeNow } from '../index.ts'
import { readId } from './event-list.ts'

const POLL_INTERVAL_MS = 1000
/** Events arrive late and out of order: how far back, in ticks, each poll looks for them. */
const OVERLAP = 100_000_000n
const HIGHEST: KronosTime = 1030728576606846975n

/**
 * The texts of a stream's events as they arrive, each once, from a time on. What arrives more than 10 seconds
 * after its time isn't seen.
 *
 * @param onError told of a poll that failed; the next one reads the same again
 */
export async function* tail(
  client: KronosClient,
  stream: string,
  from: KronosTime,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): AsyncGenerator<string, void, void> {
  const seen = new Set<string>()
  let since = from
  while (!signal.aborted) {
    const asked = kronosTimeNow()
    try {
      for await (const text of client.get(stream, since, HIGHEST, { signal }).lines()) {
        const id = readId(text)
        if (seen.has(id)) continue
        seen.add(id)
        yield text
      }
      since = asked - OVERLAP > from ? asked - OVERLAP : from
      for (const id of seen) if (idTime(id) < since) seen.delete(id)
    } catch (error) {
      if (!signal.aborted) onError(error)
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS))
  }
}
