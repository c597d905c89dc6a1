/** Puts parts together, whose length in all is known. */
export function concat(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

let encoder: TextEncoder | undefined
let scratch: Uint8Array | undefined

/** How many bytes a text has in UTF-8. */
export function utf8Length(text: string): number {
  encoder ??= new TextEncoder()
  scratch ??= new Uint8Array(8192)
  // Into a buffer that is there is ten times as fast; a unit takes three bytes at most.
  return text.length * 3 > scratch.length
    ? encoder.encode(text).length
    : encoder.encodeInto(text, scratch).written
}
