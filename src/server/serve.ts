import type { IncomingMessage, Server as NodeServer, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ServerRequest } from 'srvx'
import { KronosConnectionError, KronosValidationError } from '../protocol/errors.ts'
import { answerError } from './answers.ts'
import { makeAnswer, READ, type Route } from './handler.ts'
import { checkHost, isLoopback } from './hosts.ts'
import { checkCount, type HandlerOptions, resolveOptions } from './options.ts'
import { retain } from './retention.ts'
import { endWhenIdle, guardConnections, limitPatience } from './serve-connections.ts'
import { type LogOptions, makeLog } from './serve-log.ts'
import { makeMetrics } from './serve-metrics.ts'
import { countWork } from './serve-work.ts'
import { importUnbundled } from './unbundled.ts'

/** How and where a server serves. */
export interface ServeOptions extends HandlerOptions {
  /** The port; 0 for any that is free. @default 8151 */
  port?: number | undefined
  /** The address or name to listen at; `0.0.0.0` and `::` for all of them. @default '127.0.0.1' */
  host?: string | undefined
  /** The largest number of requests in work at a time; more POSTs are answered 503. @default 256 */
  maxRequests?: number | undefined
  /** How long the head of a request may take to come, in milliseconds. @default 10_000 */
  headersTimeout?: number | undefined
  /** How long a whole request may take to come, in milliseconds. @default 120_000 */
  requestTimeout?: number | undefined
  /** How long `close` waits for requests in flight, in milliseconds, before it cuts them off. @default 10_000 */
  closeTimeout?: number | undefined
  /** Deletes events older than so many milliseconds, in the background and little by little. @default never */
  retain?: number | undefined
  /** Writes a line of JSON for each request: no token and nothing of a body. @default no log */
  log?: LogOptions | undefined
}

/** A server that listens. */
export interface Server {
  /** Where it listens, with the real port, without a slash at the end. */
  readonly url: string
  /**
   * Takes no more connections, lets the requests in flight finish, for `closeTimeout` at most, and closes what
   * is idle. The store is the caller's to close, afterwards.
   */
  close(): Promise<void>
}

/**
 * Serves over HTTP in Node, with metrics for Prometheus at `/metrics`. Bound to a loopback address, as it is by
 * default, it answers only requests whose `Host` is one too, or is that of a listed origin.
 *
 * @throws {KronosValidationError} naming the option that is wrong
 * @throws {KronosConnectionError} when it can't listen there
 * @example const server = await serve({ store: memoryStore(), port: 0 })
 */
export async function serve(options: ServeOptions): Promise<Server> {
  const { port, host, maxRequests, headersTimeout, requestTimeout, closeTimeout, maxAge, log, settings } =
    resolveServeOptions(options)
  const metrics = await makeMetrics(() => work.count())
  const work = countWork(maxRequests, (done) => {
    metrics.count(done)
    log?.(done)
  })
  // No collector's token, which may stand in a public page, shows them.
  const route: Route = { methods: READ, modes: ['all', 'readonly'], answer: metrics.answer, byToken: true }
  const answer = makeAnswer(settings, new Map([['/metrics', route]]))
  const origins = isLoopback(host) ? [...settings.origins] : ['*']
  let closing: Promise<void> | undefined

  async function fetch(request: ServerRequest): Promise<Response> {
    const response = await checkedFetch(request)
    // Else a client may send its next request while the connection is being closed.
    if (closing) response.headers.set('connection', 'close')
    return response
  }

  async function checkedFetch(request: ServerRequest): Promise<Response> {
    const { req, res } = request.runtime!.node!
    const begun = work.begin(req as IncomingMessage, res as ServerResponse)
    try {
      checkHost(request.headers.get('host'), origins)
    } catch (error) {
      return answerError(error, performance.now())
    }
    return answer(request, begun)
  }

  // Imported when it is wanted, so that handlers of other runtimes carry no Node server.
  const { serve: listen } = await importUnbundled<typeof import('srvx/node')>('srvx/node')
  const listener = listen({
    fetch,
    port,
    hostname: host.replace(/^\[(.*)\]$/, '$1'),
    manual: true,
    silent: true,
    gracefulShutdown: false,
    node: limitPatience({ headersTimeout, requestTimeout }),
  })
  const server = listener.node!.server as NodeServer
  guardConnections(server)
  endWhenIdle(server)
  try {
    await listener.serve()
  } catch (error) {
    throw new KronosConnectionError(describeListenError(error as NodeJS.ErrnoException, host, port), {
      cause: error,
    })
  }
  const endRetention = maxAge === undefined ? undefined : retain(settings.store, maxAge)

  async function close(): Promise<void> {
    const deadline = setTimeout(() => server.closeAllConnections(), closeTimeout)
    await Promise.all([listener.close(), endRetention?.()])
    clearTimeout(deadline)
  }

  return {
    url: formatURL(server.address() as AddressInfo),
    close: () => (closing ??= close()),
  }
}

function resolveServeOptions({
  port = 8151,
  host = '127.0.0.1',
  maxRequests,
  headersTimeout,
  requestTimeout,
  closeTimeout,
  retain: maxAge,
  log,
  ...options
}: ServeOptions) {
  checkAddress(port, host)
  return {
    port,
    host,
    maxRequests: checkCount('options.maxRequests', maxRequests, 256),
    headersTimeout: checkCount('options.headersTimeout', headersTimeout, 10_000),
    requestTimeout: checkCount('options.requestTimeout', requestTimeout, 120_000),
    closeTimeout: checkCount('options.closeTimeout', closeTimeout, 10_000),
    maxAge: maxAge === undefined ? undefined : checkCount('options.retain', maxAge, maxAge),
    log: log && makeLog(log),
    settings: resolveOptions(options),
  }
}

function checkAddress(port: unknown, host: unknown): void {
  if (!Number.isInteger(port) || Number(port) < 0 || Number(port) > 65535) {
    throw new KronosValidationError('options.port', 'an integer from 0 to 65535', port)
  }
  if (typeof host !== 'string' || host === '') {
    throw new KronosValidationError('options.host', 'an address or a host name', host)
  }
}

function describeListenError({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `port ${port} of ${host} is in use`
  if (code === 'EACCES') return `port ${port} of ${host} is not allowed to this user`
  return `cannot listen at ${host}, port ${port}: ${message}`
}

function formatURL({ address, port }: AddressInfo): string {
  const everywhere = address === '0.0.0.0' || address === '::'
  const host = everywhere ? 'localhost' : address.includes(':') ? `[${address}]` : address
  return `http://${host}:${port}`
}
