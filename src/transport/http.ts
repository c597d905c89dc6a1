import ky from 'ky'
import {
  isKronosError,
  KronosConnectionError,
  KronosHTTPError,
  KronosTimeoutError,
} from '../protocol/errors.ts'
import { END_HEADER, ERRORS_FIELD } from '../protocol/fields.ts'
import { RETRIED_STATUSES } from '../protocol/statuses.ts'
import { type Tracer, traceRequest } from './trace.ts'
import type { Transport } from './transport.ts'

/** How a failed attempt is repeated. */
export interface RetryPolicy {
  readonly limit: number
  readonly minDelay: number
  readonly maxDelay: number
}

export interface HTTPOptions {
  readonly url: string
  readonly transport: Transport
  readonly headers: Readonly<Record<string, string>>
  readonly token: string | (() => string | Promise<string>) | undefined
  readonly retry: RetryPolicy
  readonly tracer: Tracer | undefined
}

/** One call: the path with its query, and the body of a POST. */
export interface Call {
  readonly path: string
  readonly body?: string
  readonly signal?: AbortSignal | undefined
  readonly timeout: number
  /** Lets the request outlive the page that makes it. */
  readonly keepalive?: boolean
  /** Of a span that the caller has begun. */
  readonly headers?: Record<string, string> | undefined
}

/**
 * The one place above the transport. `send` retries and times a call whose whole answer is small; `open` makes
 * one attempt, for a reader that times and retries by itself and takes the answer as it comes.
 *
 * Bodies go as `text/plain`, a string's own type: so a page needs no CORS preflight.
 */
export function createHTTP({ url, transport, headers, token, retry, tracer }: HTTPOptions) {
  let lastToken = typeof token === 'string' ? token : undefined
  const client = ky.create({
    headers: headers as Record<string, string>,
    // What breaks off while it is read is as retriable as what never came.
    fetch: async (request) => readWhole(await transport(request as Request)),
    retry: {
      limit: retry.limit,
      methods: ['get', 'post'],
      statusCodes: [...RETRIED_STATUSES],
      afterStatusCodes: [429, 503],
      maxRetryAfter: retry.maxDelay,
      backoffLimit: retry.maxDelay,
      delay: (attempt) => retry.minDelay * 2 ** (attempt - 1),
      jitter: true,
      retryOnTimeout: true,
    },
    hooks: {
      beforeRequest: [
        async (request) => {
          if (typeof token === 'function') lastToken = await token()
          if (lastToken !== undefined) request.headers.set('authorization', `Bearer ${lastToken}`)
        },
      ],
    },
  })

  async function attempt({ path, ...call }: Call, options: object): Promise<Response> {
    const { body, signal, timeout } = call
    const method = body === undefined ? 'get' : 'post'
    if (tracer && !call.headers) {
      const about = { url, path, method: method.toUpperCase() }
      return traceRequest(tracer, about, (headers) => attempt({ path, ...call, headers }, options))
    }
    try {
      return await client(url + path, { method, ...call, ...options } as object)
    } catch (error) {
      throw signal?.aborted ? signal.reason : await toKronosError(error, url, timeout)
    }
  }

  return {
    send: (call: Call) => attempt(call, {}),
    open: (call: Call) =>
      attempt(call, { fetch: (request: Request) => transport(request), retry: 0, timeout: false }),
    /** The URL of a request that can carry no headers. */
    bareURL: (path: string) =>
      url + path + (lastToken === undefined ? '' : `&token=${encodeURIComponent(lastToken)}`),
  }
}

export type HTTP = ReturnType<typeof createHTTP>

async function readWhole(response: Response): Promise<Response> {
  const text = await response.text()
  const lastLine = text.slice(text.trimEnd().lastIndexOf('\n') + 1)
  if (response.headers.has(END_HEADER) && !lastLine.startsWith('{'))
    throw new Error('the answer is truncated')
  return new Response(text || null, response)
}

async function toKronosError(error: unknown, url: string, timeout: number): Promise<unknown> {
  if (isKronosError(error)) return error
  const { name, response } = error as { name?: string; response?: Response }
  if (name === 'TimeoutError') return new KronosTimeoutError(timeout)
  if (name !== 'HTTPError' || !response) {
    return new KronosConnectionError(`no answer from ${url}: ${(error as Error)?.message}`, { cause: error })
  }
  // ky's error is no `cause`: it holds the request, and with it the token.
  const text = await response.text().catch(() => '')
  return new KronosHTTPError(response.status, readErrors(text), readRetryAfter(response))
}

function readErrors(text: string): string[] {
  try {
    const errors = JSON.parse(text)[ERRORS_FIELD]
    if (Array.isArray(errors)) return errors.map(String)
  } catch {
    // Not a Kronos server's words: a proxy's page, or an original server's plain text.
  }
  return text ? [text.slice(0, 200)] : []
}

/** `Retry-After` in milliseconds; it is a number of seconds or a date. */
function readRetryAfter(response: Response): { retryAfter?: number } {
  const value = response.headers.get('retry-after')
  if (!value) return {}
  const ms = Number.isNaN(Number(value)) ? Date.parse(value) - Date.now() : Number(value) * 1000
  return ms > 0 ? { retryAfter: ms } : {}
}
