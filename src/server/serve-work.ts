import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Done } from './serve-metrics.ts'
import { beginWork, type Work } from './work.ts'

/** The requests that a listener has in work. */
export interface WorkCounter {
  /** How many there are. */
  count(): number
  /** Takes a request into work, till its answer is taken or its client gone. */
  begin(request: IncomingMessage, response: ServerResponse): Work
}

/** Counts requests in work, at most so many that are not told to be too many, and tells of each that is over. */
export function countWork(maxRequests: number, tell: (done: Done) => void): WorkCounter {
  const counted = new WeakMap<Socket, { read: number; written: number }>()
  let count = 0

  /** The bytes of a connection since it was asked last. */
  function countBytes(socket: Socket): { bytesIn: number; bytesOut: number } {
    const { read, written } = counted.get(socket) ?? { read: 0, written: 0 }
    counted.set(socket, { read: socket.bytesRead, written: socket.bytesWritten })
    return { bytesIn: socket.bytesRead - read, bytesOut: socket.bytesWritten - written }
  }

  return {
    count: () => count,
    begin(request, response) {
      const startedAt = performance.now()
      const { socket } = request
      // Bun's sockets count anew at each request.
      if (socket.bytesWritten < (counted.get(socket)?.written ?? 0)) counted.delete(socket)
      const work = beginWork(count >= maxRequests)
      count++
      response.once('close', () => {
        count--
        tell({
          method: request.method ?? '',
          path: (request.url ?? '').split('?', 1)[0]!,
          // Nobody has seen a status that was not sent.
          status: response.headersSent ? response.statusCode : 0,
          seconds: (performance.now() - startedAt) / 1000,
          ...countBytes(socket),
          work,
        })
      })
      return work
    },
  }
}
