/** A body's text and its type; without text it was too large. */
export interface CapturedBody {
  readonly type: string
  readonly text?: string | undefined
}

/**
 * Reads along with whoever reads a request's body, up to a bound, and resolves to what there was. The reading is
 * given up at the bound, so that nothing larger is held, and never fails.
 */
export async function captureBody(request: Request, maxBytes: number): Promise<CapturedBody | undefined> {
  if (maxBytes === 0 || !request.body || request.bodyUsed) return undefined
  const type = request.headers.get('content-type') ?? ''
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) return { type }
  try {
    const decoder = new TextDecoder()
    let text = ''
    let bytes = 0
    // Leaving the loop cancels this branch only; the handler's goes on.
    for await (const chunk of readStream(request.clone().body!)) {
      bytes += chunk.length
      if (bytes > maxBytes) return { type }
      text += decoder.decode(chunk, { stream: true })
    }
    return { type, text: text + decoder.decode() }
  } catch {
    return undefined
  }
}

/** Not every runtime's streams are iterable. */
async function* readStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}
