import type { IncomingMessage, Server as NodeServer, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { KronosConnectionError, KronosValidationError } from '../protocol/errors.ts'
import { answerError } from './answers.ts'
import { createHandler } from './handler.ts'
import { checkHost, isLoopback } from './hosts.ts'
import type { HandlerOptions } from './options.ts'

/** How and where a server serves. */
export interface ServeOptions extends HandlerOptions {
  /** The port; 0 for any that is free. @default 8151 */
  port?: number | undefined
  /** The address or name to listen at; `0.0.0.0` and `::` for all of them. @default '127.0.0.1' */
  host?: string | undefined
}

/** A server that listens. */
export interface Server {
  /** Where it listens, with the real port, without a slash at the end. */
  readonly url: string
  /**
   * Takes no more connections, lets the requests in flight finish, and closes what is idle. The store is the
   * caller's to close, afterwards.
   */
  close(): Promise<void>
}

/**
 * Serves over HTTP in Node. Bound to a loopback address, as it is by default, it answers only requests whose
 * `Host` is one too, or is that of a listed origin.
 *
 * @throws {KronosValidationError} naming the option that is wrong
 * @throws {KronosConnectionError} when it can't listen there
 * @example const server = await serve({ store: memoryStore(), port: 0 })
 */
export async function serve({ port = 8151, host = '127.0.0.1', ...options }: ServeOptions): Promise<Server> {
  checkAddress(port, host)
  const handler = createHandler(options)
  const origins = isLoopback(host) ? (options.cors?.origins ?? []) : ['*']
  let closing: Promise<void> | undefined

  async function fetch(request: Request): Promise<Response> {
    const response = await checkedFetch(request)
    // Else a client may send its next request while the connection is being closed.
    if (closing) response.headers.set('connection', 'close')
    return response
  }

  async function checkedFetch(request: Request): Promise<Response> {
    try {
      checkHost(request.headers.get('host'), origins)
    } catch (error) {
      return answerError(error, performance.now())
    }
    return handler.fetch(request)
  }

  // Imported when it is wanted, so that handlers of other runtimes carry no Node server.
  const { serve: listen } = await import('srvx/node')
  const listener = listen({
    fetch,
    port,
    hostname: host.replace(/^\[(.*)\]$/, '$1'),
    manual: true,
    silent: true,
    gracefulShutdown: false,
  })
  const server = listener.node!.server as NodeServer
  endWhenIdle(server)
  try {
    await listener.serve()
  } catch (error) {
    throw new KronosConnectionError(describeListenError(error as NodeJS.ErrnoException, host, port), {
      cause: error,
    })
  }
  return {
    url: formatURL(server.address() as AddressInfo),
    close: () => (closing ??= listener.close()),
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

/**
 * Has a closing server end each connection once it has nothing in flight. Node's own way waits for those that
 * a client keeps alive, and cuts off an answer that is written but not yet taken by a slow client.
 */
function endWhenIdle(server: NodeServer): void {
  const inFlight = new Map<Socket, number>()
  server.on('connection', (socket: Socket) => {
    inFlight.set(socket, 0)
    socket.once('close', () => inFlight.delete(socket))
  })
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    inFlight.set(socket, inFlight.get(socket)! + 1)
    response.once('close', () => {
      const left = (inFlight.get(socket) ?? 1) - 1
      if (inFlight.has(socket)) inFlight.set(socket, left)
      if (left === 0 && !server.listening) end(socket)
    })
  })
  // `close` calls it.
  server.closeIdleConnections = () => {
    for (const [socket, count] of inFlight) if (count === 0) end(socket)
  }
}

function end(socket: Socket): void {
  socket.end(() => socket.destroy())
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
