import { validate } from 'uuid'
import { KEY_PARAMETER } from '../protocol/fields.ts'
import { Refusal } from './refusal.ts'

/**
 * Reads a put's idempotency key, from the query or the header.
 *
 * @throws {Refusal} for what is no UUID, and for two keys that differ
 */
export function readKey(request: Request, url: URL): string | undefined {
  const given = [...url.searchParams.getAll(KEY_PARAMETER)]
  const header = request.headers.get('idempotency-key')
  // In quotes, as a structured field, is what the draft standard wants.
  if (header !== null) given.push(header.trim().replace(/^"(.*)"$/, '$1'))
  const keys = new Set(given.map((key) => key.toLowerCase()))
  const [key] = keys
  if (key === undefined) return undefined
  if (keys.size > 1 || !validate(key)) throw new Refusal(400, 'idempotency key: expected one UUID')
  return key
}

/**
 * Reads the places of each stream's first event under a key.
 *
 * @throws {Refusal} unless it is an object of integers from 0
 */
export function readIndexes(given: unknown): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>()
  if (given === undefined || given === null) return indexes
  if (typeof given !== 'object' || Array.isArray(given)) throw new Refusal(400, 'index: expected an object')
  for (const [stream, index] of Object.entries(given)) {
    if (!Number.isSafeInteger(index) || index < 0) {
      throw new Refusal(400, `index[${JSON.stringify(stream)}]: expected an integer from 0`)
    }
    indexes.set(stream, index)
  }
  return indexes
}
