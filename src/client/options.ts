import {
  type DeliveryOptions,
  type DeliverySettings,
  deliveryKeys,
  type FlushOptions,
  resolveDelivery,
} from '../delivery/options.ts'
import { check, checkKeys, checkName, checkNumber, isPlain } from '../protocol/check.ts'
import { DEFAULT_NAMESPACE, type Order } from '../protocol/fields.ts'
import type { RawEvent } from '../protocol/raw-event.ts'
import type { Times } from '../reading/codec.ts'
import type { RetryPolicy } from '../transport/http.ts'
import type { Tracer } from '../transport/trace.ts'
import { TRANSPORT_URL, type Transport } from '../transport/transport.ts'
import { type AnySchemas, checkSchemas, type Schemas } from './schemas.ts'
import type { AnyStreams } from './types.ts'

/** How a failed attempt is repeated; waits have full jitter. */
export interface RetryOptions {
  /** How often, after the first attempt. @default 2; of non-blocking puts: for ever */
  limit?: number
  /** The first wait, in milliseconds; it doubles each time. @default 300; of non-blocking puts: 500 */
  minDelay?: number
  /**
   * The longest wait, in milliseconds, also where the server asks for more; of non-blocking puts: where it
   * doesn't. @default 30000
   */
  maxDelay?: number
}

/** Options of a {@link KronosClient}; those of {@link DeliveryOptions} are for non-blocking ones. */
export interface ClientOptions<
  T extends Times = Times,
  B extends boolean = boolean,
  Streams extends object = AnyStreams,
  Puts extends object = Streams,
> extends DeliveryOptions {
  /** Whether `put` waits for the server's answer; else it returns at once, and delivers in the background. @default true */
  blocking?: B
  /**
   * Called once for each event inside a non-blocking `put`, with a copy (its nested objects are the caller's;
   * a `rawEvent` comes as it is). What it returns is put; `null` drops the event.
   */
  beforeSend?: (event: Record<string, unknown> | RawEvent, stream: string) => object | null
  /** The namespace of calls that name none. @default 'kronos' */
  namespace?: string
  /** Milliseconds that one attempt may take; of a `get`: to the first byte, then between chunks. @default 30000 */
  timeout?: number
  /** Retries of puts, and of a blocking client's other calls; a number is its `limit`. */
  retry?: number | RetryOptions
  /** Headers for every request. In a page, each costs a CORS preflight. */
  headers?: Record<string, string>
  /** The access token, or a function called for one before each attempt. */
  token?: string | (() => string | Promise<string>)
  /** Whether events put are marked with `@library`. @default true */
  library?: boolean
  /** How `@time` comes in events that `get` yields. @default 'bigint' */
  times?: T
  /**
   * Validators by stream name, of any library that follows Standard Schema. What is put is checked, and the
   * validator's output is put; a `rawEvent` is not. They type `put` and `get`.
   */
  schemas?: Schemas<Streams, Puts>
  /**
   * An OpenTelemetry tracer, or what looks like one: each call is a span, and requests say so by the W3C headers
   * `traceparent` and `tracestate`. In a page, these cost a CORS preflight.
   */
  tracer?: Tracer
}

/** Options of every call. */
export interface CallOptions {
  /** @default the client's */
  namespace?: string | undefined
  /** Ends the call; it rejects with the signal's own reason. */
  signal?: AbortSignal | undefined
  /** Milliseconds for one attempt. @default the client's */
  timeout?: number | undefined
}

/** Options of `put`. */
export interface PutOptions extends CallOptions {
  /**
   * A UUID that names this put: events stored under it before are not stored again. The events need a `@time`, and
   * to be the same in the same order. Of a non-blocking client each batch has its own. @default a new one
   */
  idempotencyKey?: string | undefined
}

/** A range's ends by id, each exclusive and in place of the time at its end. */
export interface RangeOptions extends CallOptions {
  startId?: string | undefined
  endId?: string | undefined
}

/** Options of `get`. */
export interface GetOptions<T extends Times = Times> extends RangeOptions {
  /** @default 'ascending' */
  order?: Order | undefined
  /** The largest number of events. @default all */
  limit?: number | undefined
  /** How `@time` comes. @default the client's */
  times?: T | undefined
  /** Whether what is stored is checked by the stream's schema, whose output comes; `.lines()` are not. @default false */
  validate?: boolean | undefined
}

/** A client's options with every default filled in. */
export interface ResolvedOptions {
  readonly url: string
  readonly transport: Transport
  readonly namespace: string
  readonly timeout: number
  readonly retry: RetryPolicy
  readonly headers: Readonly<Record<string, string>>
  readonly token: ClientOptions['token']
  readonly library: boolean
  readonly times: Times
  readonly beforeSend: ClientOptions['beforeSend']
  readonly schemas: AnySchemas | undefined
  readonly tracer: Tracer | undefined
  readonly onError: DeliveryOptions['onError']
  /** Of a non-blocking client. */
  readonly delivery: DeliverySettings | undefined
}

const CLIENT_KEYS = [
  'namespace',
  'timeout',
  'retry',
  'headers',
  'token',
  'library',
  'times',
  'blocking',
  'beforeSend',
  'schemas',
  'tracer',
]
const MAX_TIMEOUT_MS = 2_147_483_647

/** Checks and completes what a client is made with. */
export function resolveOptions(target: string | URL | Transport, options: ClientOptions): ResolvedOptions {
  checkKeys(options, [...CLIENT_KEYS, ...deliveryKeys()])
  const {
    namespace = DEFAULT_NAMESPACE,
    timeout = 30_000,
    retry = {},
    headers = {},
    token,
    library = true,
  } = options
  const { times = 'bigint', blocking = true, beforeSend, schemas, tracer, onError } = options
  const retries = typeof retry === 'number' ? { limit: retry } : retry
  check(tracer === undefined || typeof tracer?.startSpan === 'function', 'tracer', 'a tracer', tracer)
  check(onError === undefined || typeof onError === 'function', 'onError', 'a function', onError)
  check(typeof blocking === 'boolean', 'blocking', 'a boolean', blocking)
  check(beforeSend === undefined || typeof beforeSend === 'function', 'beforeSend', 'a function', beforeSend)
  check(
    token === undefined || typeof token === 'string' || typeof token === 'function',
    'token',
    'a string or a function',
    token,
  )
  check(typeof library === 'boolean', 'library', 'a boolean', library)
  check(isPlain(headers), 'headers', 'an object', headers)
  return {
    ...resolveTarget(target),
    namespace: checkName('namespace', namespace),
    timeout: checkNumber('timeout', timeout, 1, MAX_TIMEOUT_MS),
    retry: resolveRetry(blocking ? retries : {}, 2, 300),
    headers: { ...headers },
    token,
    library,
    times: checkTimes(times),
    beforeSend,
    schemas: schemas && checkSchemas(schemas),
    tracer,
    onError,
    delivery: blocking
      ? undefined
      : resolveDelivery(options, resolveRetry(retries, Number.POSITIVE_INFINITY, 500)),
  }
}

function resolveTarget(target: string | URL | Transport): { url: string; transport: Transport } {
  if (typeof target === 'function') return { url: TRANSPORT_URL, transport: target }
  let url: URL | undefined
  try {
    url = new URL(target)
  } catch {
    // Told below, together with other schemes.
  }
  check(/^https?:$/.test(url?.protocol ?? ''), 'url', 'an absolute http or https URL, or a transport', target)
  return { url: (url!.origin + url!.pathname).replace(/\/+$/, ''), transport: (request) => fetch(request) }
}

function resolveRetry(retry: RetryOptions, attempts: number, delay: number): RetryPolicy {
  checkKeys(retry, ['limit', 'minDelay', 'maxDelay'], 'retry')
  const { limit = attempts, minDelay = delay, maxDelay = 30_000 } = retry
  checkNumber('retry.limit', limit, 0)
  checkNumber('retry.minDelay', minDelay, 0, MAX_TIMEOUT_MS)
  checkNumber('retry.maxDelay', maxDelay, 0, MAX_TIMEOUT_MS)
  return { limit, minDelay, maxDelay }
}

/** Checks the options that all calls have, and fills in the client's. */
export function resolveCall(options: CallOptions | undefined, client: ResolvedOptions, more: string[] = []) {
  if (!options) return { namespace: client.namespace, signal: undefined, timeout: client.timeout }
  checkKeys(options, ['namespace', 'signal', 'timeout', ...more])
  const { namespace = client.namespace, signal, timeout = client.timeout } = options
  checkSignal(signal)
  checkNumber('timeout', timeout, 1, MAX_TIMEOUT_MS)
  return { namespace: checkName('namespace', namespace), signal, timeout }
}

/** Checks how long to wait for delivery. */
export function resolveWait(options: FlushOptions = {}, known = ['timeout', 'signal']): FlushOptions {
  checkKeys(options, known)
  checkNumber('timeout', options.timeout ?? 0, 0, MAX_TIMEOUT_MS)
  checkSignal(options.signal)
  return options
}

function checkSignal(signal: AbortSignal | undefined): void {
  check(signal === undefined || signal instanceof AbortSignal, 'signal', 'an AbortSignal', signal)
}

export function checkTimes(times: Times): Times {
  check(['bigint', 'iso', 'ms'].includes(times), 'times', "'bigint', 'iso' or 'ms'", times)
  return times
}
