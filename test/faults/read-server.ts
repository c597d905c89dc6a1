import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { compareIds, idTime, makeId } from '../../src/protocol/event-id.ts'
import { scanMembers } from '../../src/protocol/put-body.ts'

/** What happens to one answer, at byte `at` of its body. */
export interface Fault {
  kind: 'cut' | 'stall' | 'truncate' | 'error-line' | 'refuse' | 503 | 429
  at?: number
}

/** Which server is imitated: ours marks the end of an answer and knows `end_id`; the original does neither. */
export type Dialect = 'ours' | 'original'

export interface ReadServer {
  url: string
  /** Faults for the next requests, in order; requests after that are answered well. */
  faults: Fault[]
  /** The bodies of the requests so far. */
  requests: Map<string, string>[]
  /** Answers that are not at their end, and whose connection is open. */
  unfinished: Set<ServerResponse>
  close(): Promise<void>
}

/** Events of which many share a tick, in order: `perTick[i]` events at tick i. */
export function makeLines(perTick: number[]): string[] {
  return perTick.flatMap((count, tick) =>
    Array.from({ length: count }, (_, n) => {
      const time = 17959104000000001n + BigInt(tick)
      const id = makeId(time, (n * 7).toString(16).padStart(15, '0'))
      return `{"@id":"${id}","@time":${time},"text":"é😀 ${tick}/${n}"}`
    }),
  )
}

/** A real HTTP server that answers `get` from the lines it is given, and goes wrong where it is told to. */
export async function startReadServer(lines: string[], dialect: Dialect): Promise<ReadServer> {
  const faults: Fault[] = []
  const requests: Map<string, string>[] = []
  const unfinished = new Set<ServerResponse>()
  const server = createServer(async (request, response) => {
    unfinished.add(response)
    response.once('close', () => unfinished.delete(response))
    const fault = faults.shift()
    if (fault?.kind === 'refuse') return void request.socket.destroy()
    const query = scanMembers(await readText(request))
    requests.push(query)
    if (typeof fault?.kind === 'number') {
      response.writeHead(fault.kind, { 'Retry-After': '0' })
      return void response.end('{"@success":false,"@errors":["not now"]}')
    }
    answer(response, select(lines, query, dialect), fault, dialect)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    unfinished,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

function select(lines: string[], query: Map<string, string>, dialect: Dialect): string[] {
  const value = (name: string) => (query.has(name) ? JSON.parse(query.get(name)!) : undefined)
  const endId = dialect === 'ours' ? value('end_id') : undefined
  const startId = value('start_id')
  const found = lines.filter((line) => {
    const id = line.slice(8, 44)
    const time = idTime(id)
    const started = startId ? compareIds(id, startId) > 0 : time >= BigInt(query.get('start_time') ?? 0)
    return started && (endId ? compareIds(id, endId) < 0 : time <= BigInt(query.get('end_time')!))
  })
  if (value('order') === 'descending') found.reverse()
  return found.slice(0, value('limit'))
}

function answer(response: ServerResponse, lines: string[], fault: Fault | undefined, dialect: Dialect): void {
  const end = dialect === 'ours' ? `{"@end":{"count":${lines.length}}}\r\n` : ''
  const body = Buffer.from(lines.map((line) => `${line}\r\n`).join('') + end)
  if (dialect === 'ours') response.setHeader('Kronos-End', '1')
  response.flushHeaders()
  const at = Math.min(fault?.at ?? body.length, body.length)
  if (fault?.kind === 'error-line') {
    const whole = body.subarray(0, body.subarray(0, at).lastIndexOf(10) + 1)
    return void response.end(`${whole}{"@success":false,"@errors":["the disk is gone"]}\r\n`)
  }
  response.write(body.subarray(0, at), () => {
    if (fault?.kind === 'cut') response.destroy()
    else if (fault?.kind !== 'stall') response.end(fault ? '' : body.subarray(at))
  })
}
