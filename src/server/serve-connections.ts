import type { IncomingMessage, Server as NodeServer, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** How long a connection may take over what is its part, in milliseconds. */
export interface Patience {
  readonly headersTimeout: number
  readonly requestTimeout: number
}

/** A connection on which nothing has moved for so long has nobody at its other end. */
const IDLE_MS = 300_000

/** The options of Node's server by which who sends byte by byte holds nothing for long. */
export function limitPatience({ headersTimeout, requestTimeout }: Patience) {
  return {
    headersTimeout: Math.min(headersTimeout, requestTimeout),
    requestTimeout,
    // Node looks at its connections every 30 s unless told otherwise.
    connectionsCheckingInterval: Math.min(1000, headersTimeout / 2, requestTimeout / 2),
  }
}

/** Ends connections on which nothing moves, and answers what is no request as every error is answered. */
export function guardConnections(server: NodeServer): void {
  server.timeout = IDLE_MS
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const [status, message] = describeClientError(error.code)
    const body = JSON.stringify({ '@success': false, '@errors': [message], '@took': '0ms' })
    const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\n`
    end(socket, `${head}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  })
}

function describeClientError(code: string | undefined): [status: string, message: string] {
  if (code === 'HPE_HEADER_OVERFLOW')
    return ['431 Request Header Fields Too Large', 'the headers are too long']
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['408 Request Timeout', 'the request took too long to come']
  return ['400 Bad Request', 'this is not HTTP/1.1']
}

/**
 * Has a closing server end each connection once it has nothing in flight. Node's own way waits for those that
 * a client keeps alive, and cuts off an answer that is written but not yet taken by a slow client.
 */
export function endWhenIdle(server: NodeServer): void {
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

function end(socket: Socket, last = ''): void {
  socket.end(last, () => socket.destroy())
}
