import { check, checkName, isPlain } from '../protocol/check.ts'

/** Events of one stream, as they were given to `put`. */
export interface PutList {
  readonly stream: string
  readonly events: readonly object[]
  /** How errors name an event. */
  readonly name: (index: number) => string
}

/** Sorts what `put` was called with by stream: an object of arrays, or a stream and an event or an array. */
export function listPuts(first: unknown, second: unknown): PutList[] {
  if (typeof first !== 'string') {
    check(isPlain(first), 'events', 'an object of streams', first)
    return Object.entries(first as object).map(([stream, events]) =>
      listPut(stream, events, `events[${JSON.stringify(stream)}]`),
    )
  }
  if (Array.isArray(second)) return [listPut(first, second, 'events')]
  return [{ stream: checkName('stream', first), events: [second as object], name: () => 'event' }]
}

function listPut(stream: string, events: unknown, field: string): PutList {
  check(Array.isArray(events), field, 'an array of events', events)
  const name = (index: number) => `${field}[${index}]`
  return { stream: checkName('stream', stream), events: events as object[], name }
}
