import { captureBody } from './capture-body.ts'
import { type LogTarget, RequestLog, type RequestLogOptions } from './request-log.ts'

/** What is used of a request of Express, or of Node's own server. */
export interface ExpressRequest {
  readonly method?: string | undefined
  /** As it came, before routers cut it. */
  readonly originalUrl?: string
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly socket: { readonly remoteAddress?: string | undefined }
  /** What a body parser made of it. */
  readonly body?: unknown
}

/** What is used of their response. */
export interface ExpressResponse {
  readonly statusCode: number
  readonly writableFinished: boolean
  once(event: 'close', listener: () => void): unknown
}

/**
 * Logs every request of an Express app, or of any server of `node:http`, once its answer is out, or its client gone. A body is logged as a parser,
 * such as `express.json()`, made it.
 *
 * @param target a server's URL, or a client
 * @example app.use(expressLogger('http://localhost:8151', 'web.requests', { trustProxy: 1 }))
 * @throws {KronosValidationError} naming the option that is wrong
 */
export function expressLogger(target: LogTarget, stream: string, options?: RequestLogOptions) {
  const log = new RequestLog(target, stream, options)
  return (request: ExpressRequest, response: ExpressResponse, next: () => void): void => {
    const finish = log.begin(() => ({
      method: request.method ?? 'GET',
      url: request.originalUrl ?? request.url ?? '/',
      address: request.socket.remoteAddress,
      forwardedFor: String(request.headers['x-forwarded-for'] ?? ''),
    }))
    response.once('close', () => {
      const body = log.maxBodyBytes > 0 ? readParsed(request, log.maxBodyBytes) : undefined
      const aborted = !response.writableFinished
      finish({ status: response.statusCode, body, ...(aborted && { aborted }) })
    })
    next()
  }
}

function readParsed({ body, headers }: ExpressRequest, maxBytes: number) {
  if (body === undefined || body === null) return undefined
  const length = Number(headers['content-length'] ?? 0)
  try {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const type = typeof body === 'string' ? String(headers['content-type'] ?? '') : 'application/json'
    return length > maxBytes || text.length > maxBytes ? { type } : { type, text }
  } catch {
    return undefined
  }
}

/** What is used of a Hono context. */
export interface HonoContext {
  readonly req: { readonly raw: Request }
  readonly res: Response
  readonly error: Error | undefined
  readonly env: unknown
}

/**
 * Logs every request of a Hono app, once it is answered. Under Node's adapter the client's address is the
 * connection's; elsewhere it is known from a trusted proxy only.
 *
 * @param target a server's URL, or a client
 * @example app.use(honoLogger('http://localhost:8151', 'web.requests'))
 * @throws {KronosValidationError} naming the option that is wrong
 */
export function honoLogger(target: LogTarget, stream: string, options?: RequestLogOptions) {
  const log = new RequestLog(target, stream, options)
  return async (context: HonoContext, next: () => Promise<void>): Promise<void> => {
    const { raw } = context.req
    const env = context.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined
    const body = captureBody(raw, log.maxBodyBytes)
    const finish = log.begin(() => readFacts(raw, env?.incoming?.socket?.remoteAddress))
    // Hono has made an answer of an error by then.
    await next()
    const { res, error } = context
    void body.then((captured) =>
      finish({ status: res.status, body: captured, ...(error && { thrown: { value: error } }) }),
    )
  }
}

/**
 * A fetch handler that does what the given one does, and logs every request once it is answered. One that throws is
 * logged with status 500.
 *
 * @param target a server's URL, or a client
 * @example export default { fetch: fetchLogger('https://kronos.example.com', 'web.requests')(handle) }
 * @throws {KronosValidationError} naming the option that is wrong
 */
export function fetchLogger(target: LogTarget, stream: string, options?: RequestLogOptions) {
  const log = new RequestLog(target, stream, options)
  return <Rest extends unknown[]>(
    handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
  ) =>
    async (request: Request, ...rest: Rest): Promise<Response> => {
      const body = captureBody(request, log.maxBodyBytes)
      const finish = log.begin(() => readFacts(request, undefined))
      try {
        const response = await handler(request, ...rest)
        void body.then((captured) => finish({ status: response.status, body: captured }))
        return response
      } catch (value) {
        void body.then((captured) => finish({ status: 500, body: captured, thrown: { value } }))
        throw value
      }
    }
}

function readFacts({ method, url, headers }: Request, address: string | undefined) {
  return { method, url, address, forwardedFor: headers.get('x-forwarded-for') }
}
