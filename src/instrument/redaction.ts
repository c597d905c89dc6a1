import type { CapturedBody } from './capture-body.ts'

const REDACTED = '[redacted]'

/** What is no business of a log, unless told otherwise. */
export const DEFAULT_REDACTED = [
  ...['password', 'passwd', 'secret', 'client_secret', 'token', 'access_token', 'refresh_token', 'id_token'],
  ...['api_key', 'apikey', 'authorization', 'idempotency_key', 'csrf_token', 'session'],
]

/** A query's or a form's values by name; of a name that is there several times, an array. */
export function readParams(params: URLSearchParams, redacted: ReadonlySet<string>): Record<string, unknown> {
  const found: [string, unknown][] = [...new Set(params.keys())].map((name) => {
    const values = params.getAll(name)
    if (redacted.has(name.toLowerCase())) return [name, REDACTED]
    return [name, values.length === 1 ? values[0] : values]
  })
  return Object.fromEntries(found)
}

/** A body as it may be logged: JSON and forms without the values of redacted fields, other text as it is. */
export function redact({ type, text = '' }: CapturedBody, redacted: ReadonlySet<string>): unknown {
  if (type.includes('x-www-form-urlencoded')) return readParams(new URLSearchParams(text), redacted)
  if (!type.includes('json')) return text
  try {
    return JSON.parse(text, (key, value) => (redacted.has(key.toLowerCase()) ? REDACTED : value))
  } catch {
    // It may hold, in pieces, what is not to be logged.
    return '[not JSON]'
  }
}
