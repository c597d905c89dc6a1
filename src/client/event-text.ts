import { isKronosError, KronosValidationError } from '../protocol/errors.ts'
import { ID_FIELD, LIBRARY_FIELD, TIMESTAMP_FIELD } from '../protocol/fields.ts'
import { stringify } from '../protocol/json.ts'
import { RawEvent } from '../protocol/raw-event.ts'
import { kronosTimeNow, type TimeInput, toKronosTime } from '../protocol/time.ts'
import { VERSION } from '../version.ts'
import type { Library } from './types.ts'

const LIBRARY: Library = { name: 'kronos-js', version: VERSION }

/**
 * Turns an event into the exact JSON text that is sent and stored, once: its `@time` first, now if it has
 * none. The event itself is not changed, and may change afterwards.
 *
 * @throws {KronosValidationError} naming the field that can't be sent
 */
export function writeEvent(event: object, field: string, library: boolean): string {
  if (event instanceof RawEvent) return event.timed ? event.text : join(kronosTimeNow(), event.text)
  try {
    if (typeof event !== 'object' || event === null || Array.isArray(event))
      throw new TypeError('not an object')
    const given: object = 'toJSON' in event && typeof event.toJSON === 'function' ? event.toJSON() : event
    const copy: Record<string, unknown> = { ...given }
    const time = copy[TIMESTAMP_FIELD] as TimeInput | null | undefined
    const ticks = time == null ? kronosTimeNow() : toKronosTime(time, `${field}.${TIMESTAMP_FIELD}`)
    copy[TIMESTAMP_FIELD] = undefined
    copy[ID_FIELD] = undefined
    if (library) copy[LIBRARY_FIELD] = LIBRARY
    return join(ticks, stringify(copy, field))
  } catch (cause) {
    if (isKronosError(cause)) throw cause
    throw new KronosValidationError(field, 'an object with a JSON form', event, { cause })
  }
}

function join(time: bigint, object: string): string {
  const members = object.slice(1).trimStart()
  return `{"${TIMESTAMP_FIELD}":${time}${members === '}' ? '' : ','}${members}`
}
