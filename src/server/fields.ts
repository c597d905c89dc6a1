import { isName } from '../protocol/fields.ts'
import { Refusal } from './refusal.ts'

/** The members of a request's body: the text of each, so that no digit of a time is lost. */
export type Members = ReadonlyMap<string, string>

/** The value of a field; `undefined` if it is absent, or null. */
export function readField(members: Members, field: string): unknown {
  const text = members.get(field)
  return text === undefined ? undefined : (JSON.parse(text) ?? undefined)
}

/** @throws {Refusal} unless `stream` names a stream */
export function readStream(members: Members): string {
  const stream = readField(members, 'stream')
  if (!isName(stream)) throw new Refusal(400, 'stream: expected 1 to 2048 of A-Z a-z 0-9 _ . -')
  return stream
}

/** @throws {Refusal} unless the field is true, false or absent */
export function readFlag(members: Members, field: string): boolean {
  const value = readField(members, field) ?? false
  if (typeof value !== 'boolean') throw new Refusal(400, `${field}: expected true or false`)
  return value
}

const INTEGER = /^-?(?:0|[1-9]\d*)$/
/** Digits of what is past every bound anyway; to read a million of them would take long. */
const MAX_DIGITS = 30

/**
 * Reads an exact integer, written as a number or, as the original takes it, as a string of digits.
 *
 * @throws {Refusal} for anything else
 */
export function readInteger(members: Members, field: string): bigint | undefined {
  const text = members.get(field)
  if (text === undefined || text === 'null') return undefined
  const digits = text.startsWith('"') ? (JSON.parse(text) as string) : text
  if (!INTEGER.test(digits)) throw new Refusal(400, `${field}: expected an integer`)
  return BigInt(digits.length <= MAX_DIGITS ? digits : digits.slice(0, MAX_DIGITS))
}
