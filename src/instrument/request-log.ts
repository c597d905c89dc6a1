import { KronosClient } from '../client/client.ts'
import type { AnyStreams } from '../client/types.ts'
import { check, checkKeys, checkName, checkNumber } from '../protocol/check.ts'
import type { CapturedBody } from './capture-body.ts'
import { describeException, type LoggedException } from './log.ts'
import { DEFAULT_REDACTED, readParams, redact } from './redaction.ts'

/** Where requests are logged: a client, best a non-blocking one, or a server's URL. */
export type LogTarget = string | URL | KronosClient<AnyStreams, 'bigint', boolean>

/** Options of request logging. */
export interface RequestLogOptions {
  /** @default the client's */
  namespace?: string
  /**
   * How many proxies in front are trusted: by so many entries of `X-Forwarded-For`, from its end, the client is
   * further away. Without, it is whoever connects, since anybody can send that header. @default 0
   */
  trustProxy?: number
  /** The largest body, in bytes, that is logged as `body`; larger ones are marked `body_truncated`. @default none is */
  captureBody?: number
  /** Fields of queries and bodies, whatever their case, whose values are not logged. @default passwords, tokens, keys */
  redact?: readonly string[]
  /** Whether what goes wrong in logging is left to the client's `onError`, instead of thrown. @default true */
  failSilently?: boolean
}

/** A request, as it is logged. */
export interface RequestEvent {
  method: string
  /** Without the query. */
  path: string
  client_ip?: string
  status: number
  /** Seconds from its coming until it was answered. */
  duration: number
  /** The query; a name that is there several times has an array. */
  get_params: Record<string, unknown>
  body?: unknown
  body_truncated?: true
  /** Whether the client went before the answer was whole. */
  aborted?: true
  exception?: LoggedException
}

/** What a framework knows of a request. */
export interface RequestFacts {
  readonly method: string
  /** The path and the query, or the whole URL. */
  readonly url: string
  /** Who is at the other end of the connection. */
  readonly address: string | undefined
  readonly forwardedFor: string | null | undefined
}

/** What is known when it is over. */
export interface Outcome {
  readonly status: number
  readonly thrown?: { readonly value: unknown } | undefined
  readonly aborted?: boolean
  readonly body?: CapturedBody | undefined
}

/** Logs requests: what the middlewares of all frameworks share. */
export class RequestLog {
  /** The largest body that is wanted, in bytes; 0 for none. */
  readonly maxBodyBytes: number
  readonly #client: KronosClient<AnyStreams, 'bigint', boolean>
  readonly #stream: string
  readonly #namespace: string | undefined
  readonly #trustProxy: number
  readonly #redacted: ReadonlySet<string>
  readonly #failSilently: boolean

  /** @throws {KronosValidationError} naming the option that is wrong */
  constructor(target: LogTarget, stream: string, options: RequestLogOptions = {}) {
    checkKeys(options, ['namespace', 'trustProxy', 'captureBody', 'redact', 'failSilently'])
    const {
      namespace,
      trustProxy = 0,
      captureBody = 0,
      redact: fields = DEFAULT_REDACTED,
      failSilently = true,
    } = options
    this.#client =
      typeof target === 'string' || target instanceof URL
        ? new KronosClient(target, { blocking: false })
        : target
    check(typeof this.#client?.put === 'function', 'target', 'a URL or a KronosClient', target)
    check(Number.isInteger(trustProxy), 'options.trustProxy', 'a whole number', trustProxy)
    check(Array.isArray(fields), 'options.redact', 'an array of names', fields)
    this.#stream = checkName('stream', stream)
    this.#namespace = namespace === undefined ? undefined : checkName('options.namespace', namespace)
    this.#trustProxy = checkNumber('options.trustProxy', trustProxy, 0)
    this.maxBodyBytes = checkNumber('options.captureBody', captureBody, 0)
    this.#redacted = new Set(fields.map((field) => String(field).toLowerCase()))
    this.#failSilently = failSilently
  }

  /** Begins to log a request; returns what is to be called when it is over, once, and never throws if silent. */
  begin(readFacts: () => RequestFacts): (outcome: Outcome) => void {
    const startedAt = performance.now()
    return (outcome) => {
      const duration = (performance.now() - startedAt) / 1000
      try {
        this.#put(this.#describe(readFacts(), outcome, duration))
      } catch (error) {
        if (!this.#failSilently) throw error
      }
    }
  }

  #put(event: RequestEvent): void {
    const options = this.#namespace === undefined ? {} : { namespace: this.#namespace }
    const sent = this.#client.put(this.#stream, { ...event }, options) as Promise<unknown> | undefined
    // Nobody waits for it.
    if (this.#failSilently) sent?.catch(() => {})
  }

  #describe(facts: RequestFacts, outcome: Outcome, duration: number): RequestEvent {
    const { pathname, searchParams } = new URL(facts.url, 'http://localhost')
    const { status, thrown, aborted, body } = outcome
    const ip = this.#findClient(facts)
    return {
      method: facts.method,
      path: pathname,
      ...(ip && { client_ip: ip }),
      status,
      duration,
      get_params: readParams(searchParams, this.#redacted),
      ...(body &&
        (body.text === undefined ? { body_truncated: true } : { body: redact(body, this.#redacted) })),
      ...(aborted && { aborted }),
      ...(thrown && { exception: describeException(thrown.value) }),
    }
  }

  #findClient({ address, forwardedFor }: RequestFacts): string | undefined {
    const forwarded = (forwardedFor ?? '').split(',').map((part) => part.trim())
    const hops = [...forwarded.filter(Boolean), address]
    return hops[Math.max(0, hops.length - 1 - this.#trustProxy)]
  }
}
