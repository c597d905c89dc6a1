/** An event's identifier: a lower-case version 1 UUID whose time bits are its `@time`. Set by the server. */
export const ID_FIELD = '@id'
/** An event's time in ticks of 100 ns since the Unix epoch, UTC. */
export const TIMESTAMP_FIELD = '@time'
/** The library that put an event: `{ name, version }`. */
export const LIBRARY_FIELD = '@library'

export const SUCCESS_FIELD = '@success'
export const ERRORS_FIELD = '@errors'
export const REJECTED_FIELD = '@rejected'
export const TOOK_FIELD = '@took'
export const END_FIELD = '@end'

/** The namespace of a call that names none. */
export const DEFAULT_NAMESPACE = 'kronos'

/** Response header by which a server announces a last line `{"@end":{"count":N}}`. */
export const END_HEADER = 'kronos-end'
/** Query parameter that carries a put's idempotency key: unlike a header it needs no CORS preflight. */
export const KEY_PARAMETER = 'idempotency_key'

/** Paths of the calls, below a server's base URL. */
export const PATHS = {
  index: '/1.0/index',
  put: '/1.0/events/put',
  get: '/1.0/events/get',
  delete: '/1.0/events/delete',
  streams: '/1.0/streams',
  inferSchema: '/1.0/streams/infer_schema',
  histogram: '/1.0/events/histogram',
  namespaces: '/1.0/namespaces',
} as const

/** Order of the events of a `get`: by time, then by the id's remaining bytes. */
export type Order = 'ascending' | 'descending'

/** Stream and namespace names: ASCII letters, digits, `_`, `.` and `-`, 1 to 2048 characters. */
const NAME = /^[\w.-]{1,2048}$/

/** Whether a value may name a stream or a namespace. */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value)
}
