import { ERRORS_FIELD, SUCCESS_FIELD, TOOK_FIELD } from '../protocol/fields.ts'
import { RETRY_SOON, Refusal } from './refusal.ts'

/** A member of a JSON answer. Pairs, since an object literal has no room for a stream called `__proto__`. */
export type Member = readonly [name: string, value: unknown]

/** Answers 200 with an object: what a call has to say, and that it went well unless told otherwise. */
export function answerJSON(members: readonly Member[], startedAt: number, success = true): Response {
  return writeJSON(200, [...members, [SUCCESS_FIELD, success]], startedAt)
}

/** Answers 503 with an object: the store failed, and may be back in a moment. */
export function answerFailure(members: readonly Member[], startedAt: number): Response {
  return writeJSON(503, [...members, [SUCCESS_FIELD, false]], startedAt, RETRY_SOON)
}

/** Answers an error of any kind. */
export function answerError(error: unknown, startedAt: number): Response {
  const refusal =
    error instanceof Refusal ? error : new Refusal(500, `internal error: ${(error as Error)?.message}`)
  const members: Member[] = [
    [SUCCESS_FIELD, false],
    [ERRORS_FIELD, [refusal.message]],
  ]
  return writeJSON(refusal.status, members, startedAt, refusal.headers)
}

function writeJSON(
  status: number,
  members: readonly Member[],
  startedAt: number,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const took = `${(performance.now() - startedAt).toFixed(6)}ms`
  const body = new TextEncoder().encode(JSON.stringify(Object.fromEntries([...members, [TOOK_FIELD, took]])))
  return new Response(body, {
    status,
    headers: {
      ...headers,
      'content-type': 'application/json',
      // Without it a stream of unknown length goes out, in more packets than one.
      'content-length': String(body.length),
      'x-content-type-options': 'nosniff',
    },
  })
}
