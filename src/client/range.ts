import { check } from '../protocol/check.ts'
import { idTime, isEventId } from '../protocol/event-id.ts'
import { type TimeInput, toKronosTime } from '../protocol/time.ts'
import type { RangeOptions } from './options.ts'

/** Checks the ends of a range, which ids give in place of times. */
export function resolveRange(
  start: TimeInput | undefined,
  end: TimeInput | undefined,
  { startId, endId }: RangeOptions,
) {
  check(startId === undefined || isEventId(startId), 'startId', 'an @id', startId)
  check(endId === undefined || isEventId(endId), 'endId', 'an @id', endId)
  return {
    start: startId ? idTime(startId) : toKronosTime(start as TimeInput, 'start'),
    end: endId ? idTime(endId) : toKronosTime(end as TimeInput, 'end'),
    startId: startId?.toLowerCase(),
    endId: endId?.toLowerCase(),
  }
}
