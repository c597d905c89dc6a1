/** What kind of failure a {@link KronosError} is; it tells the classes apart across realms and bundles. */
export type KronosErrorCode = 'validation' | 'http' | 'timeout' | 'connection' | 'response' | 'delivery'

const BRAND = Symbol.for('kronos-js.error')

/** The base of every error that kronos-js throws, an `AbortSignal`'s own reason excepted. */
export class KronosError extends Error {
  /** What kind of failure it is. */
  readonly code: KronosErrorCode

  constructor(code: KronosErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.name = `Kronos${code === 'http' ? 'HTTP' : code[0]!.toUpperCase() + code.slice(1)}Error`
  }

  /** @internal */
  get [BRAND](): true {
    return true
  }
}

/**
 * Whether a value is an error of kronos-js, of whichever realm or copy of the package; `error.code` then
 * tells its class.
 */
export function isKronosError(value: unknown): value is KronosError {
  return (value as { [BRAND]?: true } | undefined)?.[BRAND] === true
}

/** Bad input. Thrown before any request. */
export class KronosValidationError extends KronosError {
  /** The argument, option or field that is wrong, such as `options.limit`. */
  readonly field: string

  constructor(field: string, expected: string, received: unknown, options?: ErrorOptions) {
    super('validation', `${field}: expected ${expected}, got ${describe(received)}`, options)
    this.field = field
  }
}

/** The server answered with a status other than 2xx. */
export class KronosHTTPError extends KronosError {
  /** The answer's HTTP status. */
  readonly status: number
  /** What the server said: the answer's `@errors`, or its text. */
  readonly errors: readonly string[]
  /** How long the server asks to wait (`Retry-After`), in milliseconds. */
  readonly retryAfter: number | undefined

  constructor(status: number, errors: readonly string[], options?: ErrorOptions & { retryAfter?: number }) {
    super('http', `the server answered ${status}${errors.length ? `: ${errors.join('; ')}` : ''}`, options)
    this.status = status
    this.errors = errors
    this.retryAfter = options?.retryAfter
  }
}

/** No answer within `timeout`. */
export class KronosTimeoutError extends KronosError {
  constructor(timeout: number, options?: ErrorOptions) {
    super('timeout', `no answer within ${timeout} ms`, options)
  }
}

/** The server can't be reached, or the connection broke. `cause` says how. */
export class KronosConnectionError extends KronosError {
  constructor(message: string, options?: ErrorOptions) {
    super('connection', message, options)
  }
}

/** The server answered, but not with success: a put that it took in part, or an answer that makes no sense. */
export class KronosResponseError<Response = unknown> extends KronosError {
  /** The server's `@errors`. */
  readonly errors: readonly string[]
  /** The whole answer: it says which streams did succeed. */
  readonly response: Response

  constructor(errors: readonly string[], response: Response, options?: ErrorOptions) {
    super('response', errors.join('; ') || 'the server reported no success', options)
    this.errors = errors
    this.response = response
  }
}

/**
 * Why an event that a non-blocking `put` took is not delivered:
 *
 * - `invalid`: it has no JSON form, or `beforeSend` failed on it
 * - `filtered`: `beforeSend` dropped it
 * - `overflow`: `maxQueueBytes` was reached
 * - `rejected`: the server named it as invalid
 * - `refused`: the server refuses the request: an event that is too large, say, or a wrong URL
 * - `exhausted`: `retry.limit` was reached
 * - `closed`: the client was closed, or the process ended, before it could be delivered
 * - `unload`: the page was left, and no beacon took it
 */
export type DropReason =
  | 'invalid'
  | 'filtered'
  | 'overflow'
  | 'rejected'
  | 'refused'
  | 'exhausted'
  | 'closed'
  | 'unload'

/** Events of a non-blocking client were not delivered; `cause` says why, where there is one. */
export class KronosDeliveryError extends KronosError {
  readonly reason: DropReason

  constructor(reason: DropReason, count: number, options?: ErrorOptions) {
    const why = (options?.cause as Error | undefined)?.message
    super('delivery', `${count} not delivered: ${reason}${why ? `: ${why}` : ''}`, options)
    this.reason = reason
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null)
    return typeof value === 'bigint' ? `${value}n` : String(value)
  return value instanceof Error ? String(value) : Object.prototype.toString.call(value)
}
