import { KronosResponseError } from './errors.ts'
import { ERRORS_FIELD, SUCCESS_FIELD, type TOOK_FIELD } from './fields.ts'

/** What every JSON answer carries. */
export interface Answer {
  [SUCCESS_FIELD]: boolean
  [TOOK_FIELD]: string
  [ERRORS_FIELD]?: string[]
}

/**
 * An answer as it came, whether it tells of success or not.
 *
 * @throws {KronosResponseError} for a text that no Kronos server answers, half an answer too
 */
export function parseAnswer<A extends Answer>(text: string): A {
  try {
    const answer = JSON.parse(text)
    if (typeof answer[SUCCESS_FIELD] === 'boolean') return answer
  } catch {
    // Told below.
  }
  throw new KronosResponseError([`not an answer of a Kronos server: ${text.slice(0, 80)}`], text)
}

/**
 * An answer that tells of success.
 *
 * @throws {KronosResponseError} for any other
 */
export function readAnswer<A extends Answer>(text: string): A {
  const answer = parseAnswer<A>(text)
  if (answer[SUCCESS_FIELD]) return answer
  // Of a store that failed the errors stand beside its count.
  const stores = Object.values(answer).flatMap((value) => Object.values(value ?? {}))
  const failed = stores.flatMap((store) => (store as Partial<Answer>)?.[ERRORS_FIELD] ?? [])
  throw new KronosResponseError([...(answer[ERRORS_FIELD] ?? []), ...failed], answer)
}
