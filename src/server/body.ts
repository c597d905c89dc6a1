import { concat } from '../protocol/bytes.ts'
import { scanMembers } from '../protocol/put-body.ts'
import { Refusal } from './refusal.ts'

/**
 * Reads a request's body as text.
 *
 * @throws {Refusal} for one that is too large, packed in an unknown way, broken off or not UTF-8
 */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const encoding = request.headers.get('content-encoding')?.trim().toLowerCase() || 'identity'
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new Refusal(415, 'Content-Encoding: expected gzip or identity', { 'accept-encoding': 'gzip' })
  }
  if (Number(request.headers.get('content-length')) > maxBytes) throw tooLarge(maxBytes)
  let bytes = await readBytes(request.body, maxBytes, drain)
  if (encoding === 'gzip') bytes = await readBytes(unpack(bytes), maxBytes, cancel)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Refusal(400, 'Request body must be valid JSON: it is not UTF-8')
  }
}

/**
 * Reads the members of a request's body, the text of each.
 *
 * @throws {Refusal}
 */
export async function readMembers(request: Request, maxBytes: number): Promise<Map<string, string>> {
  return scan(scanMembers, await readText(request, maxBytes))
}

/** Reads a body by one of the protocol's readers, whose errors say what the client did wrong. */
export function scan<Body>(read: (text: string) => Body, text: string): Body {
  try {
    return read(text)
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new Refusal(400, `Request body must be valid JSON: ${error.message}`)
    if (error instanceof TypeError) throw new Refusal(400, error.message)
    throw error
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>

async function readBytes(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  abandon: (reader: Reader) => Promise<void>,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = stream?.getReader()
  for (;;) {
    const chunk = await readChunk(reader)
    if (!chunk) break
    size += chunk.length
    if (size > maxBytes) {
      void abandon(reader!)
      throw tooLarge(maxBytes)
    }
    chunks.push(chunk)
  }
  return concat(chunks, size)
}

async function readChunk(reader: Reader | undefined): Promise<Uint8Array | undefined> {
  try {
    return (await reader?.read())?.value
  } catch {
    throw new Refusal(400, 'the request body breaks off, or is not what its Content-Encoding says')
  }
}

function unpack(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  return new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
}

/**
 * Reads on and keeps nothing. Many a client sends all of its request before it looks at the answer, and to
 * cancel would cut its connection before it comes to see why.
 */
async function drain(reader: Reader): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // The client went away, which was to be expected.
  }
}

async function cancel(reader: Reader): Promise<void> {
  await reader.cancel().catch(() => {})
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, `the request body is larger than ${maxBytes} bytes`)
}
