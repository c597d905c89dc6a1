import { KronosValidationError } from './errors.ts'
import { TIMESTAMP_FIELD } from './fields.ts'

/** An event given as its JSON text, which is put as it stands. */
export class RawEvent {
  readonly text: string
  /** Whether it has a `@time` of its own. */
  readonly timed: boolean

  constructor(text: string) {
    let event: unknown
    try {
      event = JSON.parse(text)
    } catch (cause) {
      throw new KronosValidationError('text', 'the JSON of an event', text, { cause })
    }
    if (typeof event !== 'object' || event === null || Array.isArray(event)) {
      throw new KronosValidationError('text', 'the JSON of an object', text)
    }
    this.text = text.trim()
    this.timed = (event as Record<string, unknown>)[TIMESTAMP_FIELD] != null
  }
}

/**
 * An event to be put as its JSON text, every digit as it stands: what `.lines()` yields, say. Nothing is added
 * but a `@time`, if it has none.
 *
 * @throws {KronosValidationError} for a text that is not a JSON object
 * @example for await (const line of client.get('a').lines()) await client.put('b', rawEvent(line))
 */
export function rawEvent(text: string): RawEvent {
  return new RawEvent(text)
}
