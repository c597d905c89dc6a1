import { connect } from 'node:net'

export interface RawRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer
  version?: string
}

export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/**
 * Sends a request as it stands, byte by byte as no client would: a `Host` is added where there is none, and
 * the length of a body unless the body comes in chunks or is empty. The connection is closed after it.
 */
export function sendRaw(
  url: string,
  { method, path, headers, body, version }: RawRequest,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url)
  const lines = [`${method} ${path} ${version ?? 'HTTP/1.1'}`]
  const sent: Record<string, string> = { Host: `${hostname}:${port}`, Connection: 'close', ...headers }
  const chunked = sent['Transfer-Encoding'] === 'chunked'
  if (!chunked && body.length > 0) sent['Content-Length'] = String(body.length)
  for (const [name, value] of Object.entries(sent)) lines.push(`${name}: ${value}`)
  const head = `${lines.join('\r\n')}\r\n\r\n`
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(chunks))))
    socket.write(head)
    if (chunked) {
      for (const byte of body) socket.write(`1\r\n${String.fromCharCode(byte)}\r\n`, 'latin1')
      socket.write('0\r\n\r\n')
    } else socket.write(body)
  })
}

function parseAnswer(answer: Buffer): RawAnswer {
  const headEnd = answer.indexOf('\r\n\r\n')
  const [first = '', ...lines] = answer.subarray(0, headEnd).toString().split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines)
    headers[line.split(': ', 1)[0]!.toLowerCase()] = line.slice(line.indexOf(': ') + 2)
  const body = answer.subarray(headEnd + 4)
  const whole = headers['transfer-encoding'] === 'chunked' ? joinChunks(body) : body
  return { status: Number(first.split(' ')[1]), headers, body: whole.toString() }
}

function joinChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const sizeEnd = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.subarray(at, sizeEnd).toString(), 16)
    if (!(size > 0)) return Buffer.concat(chunks)
    chunks.push(body.subarray(sizeEnd + 2, sizeEnd + 2 + size))
    at = sizeEnd + 2 + size + 2
  }
}
