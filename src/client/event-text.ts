import { isKronosError, KronosValidationError } from '../protocol/errors.ts'
import { ID_FIELD, LIBRARY_FIELD, TIMESTAMP_FIELD } from '../protocol/fields.ts'
import { stringify } from '../protocol/json.ts'
import { RawEvent } from '../protocol/raw-event.ts'
import { kronosTimeNow, type TimeInput, toKronosTime } from '../protocol/time.ts'
import { VERSION } from '../version.ts'

const LIBRARY = `"${LIBRARY_FIELD}":{"name":"kronos-js","version":"${VERSION}"}`

/**
 * Turns an event into the exact JSON text that is sent and stored, once: its `@time` first, now if it has
 * none. The event itself is not changed, and may change afterwards.
 *
 * @throws {KronosValidationError} naming the field that can't be sent
 */
export function writeEvent(event: object, field: string, library: boolean): string {
  if (event instanceof RawEvent) return event.timed ? event.text : join(kronosTimeNow(), '', event.text)
  try {
    if (typeof event !== 'object' || event === null || Array.isArray(event))
      throw new TypeError('not an object')
    // Most events have nothing that is set here, and need no copy.
    if (!(TIMESTAMP_FIELD in event || ID_FIELD in event || LIBRARY_FIELD in event || 'toJSON' in event))
      return join(kronosTimeNow(), library ? LIBRARY : '', stringify(event, field))
    const given: object = 'toJSON' in event && typeof event.toJSON === 'function' ? event.toJSON() : event
    const copy: Record<string, unknown> = { ...given }
    const time = copy[TIMESTAMP_FIELD] as TimeInput | null | undefined
    const ticks = time == null ? kronosTimeNow() : toKronosTime(time, `${field}.${TIMESTAMP_FIELD}`)
    copy[TIMESTAMP_FIELD] = copy[ID_FIELD] = undefined
    if (library) copy[LIBRARY_FIELD] = undefined
    return join(ticks, library ? LIBRARY : '', stringify(copy, field))
  } catch (cause) {
    if (isKronosError(cause)) throw cause
    throw new KronosValidationError(field, 'an object with a JSON form', event, { cause })
  }
}

/** Puts members before those of an object's text. */
function join(time: bigint, library: string, object: string): string {
  const members = object.slice(1).trimStart()
  const head = `{"${TIMESTAMP_FIELD}":${time}${library && `,${library}`}`
  return members === '}' ? `${head}}` : `${head},${members}`
}
