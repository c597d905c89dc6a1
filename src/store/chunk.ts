/** A chunk of lines is about as long as this, or one line. */
export const CHUNK_LENGTH = 2 ** 20

/** Joins texts to chunks of lines, each line ended by CRLF. */
export function* chunkLines(texts: Iterable<string>): Generator<string> {
  let lines: string[] = []
  let length = 0
  for (const text of texts) {
    if (length > 0 && length + text.length > CHUNK_LENGTH) {
      yield `${lines.join('\r\n')}\r\n`
      lines = []
      length = 0
    }
    lines.push(text)
    length += text.length + 2
  }
  if (lines.length > 0) yield `${lines.join('\r\n')}\r\n`
}
