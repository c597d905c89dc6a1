import { KronosValidationError } from '../protocol/errors.ts'

/** Refuses options that are no object, and names that a store doesn't know. */
export function checkNames(options: unknown, names: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new KronosValidationError('options', 'an object', options)
  }
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) {
      throw new KronosValidationError(`options.${name}`, names.join(', '), name)
    }
  }
}
