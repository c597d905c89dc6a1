import { KronosValidationError } from './errors.ts'
import { isName } from './fields.ts'

/** @throws {KronosValidationError} unless it is good */
export function check(good: boolean, field: string, expected: string, received: unknown): void {
  if (!good) throw new KronosValidationError(field, expected, received)
}

/** Checks the name of a stream or a namespace. */
export function checkName(field: string, name: unknown): string {
  check(isName(name), field, 'a name of 1 to 2048 letters, digits, _ . and -', name)
  return name as string
}

/** Checks a number. */
export function checkNumber(
  field: string,
  value: number,
  min: number,
  max = Number.POSITIVE_INFINITY,
): number {
  check(typeof value === 'number' && value >= min && value <= max, field, `a number from ${min}`, value)
  return value
}

/** Checks for an object, and refuses option names that nobody knows: a typo would otherwise pass for a default. */
export function checkKeys(options: object, known: readonly string[], field = 'options'): void {
  check(isPlain(options), field, 'an object', options)
  for (const key of Object.keys(options))
    check(known.includes(key), `${field}.${key}`, `one of ${known.join(', ')}`, key)
}

export function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
