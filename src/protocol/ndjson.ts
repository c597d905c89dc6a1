import { concat } from './bytes.ts'
import { KronosConnectionError } from './errors.ts'

/** No line is longer: it would be no event, and what never ends would fill the memory. */
const MAX_LINE_BYTES = 67_108_864
const LF = 0x0a

/**
 * Cuts bytes into blocks of whole lines. Bytes are decoded only up to a line end, which in UTF-8 is never
 * inside a character, so the decoder needs no state and takes its fast path.
 */
export class LineDecoder {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #rest: Uint8Array[] = []
  #restBytes = 0

  /** Takes the next bytes; returns the lines that are whole now, each with its line end, or an empty string. */
  push(bytes: Uint8Array): string {
    const end = bytes.lastIndexOf(LF) + 1
    let text = ''
    if (end > 0) {
      const head = bytes.subarray(0, end)
      text = this.#decoder.decode(
        this.#restBytes > 0 ? concat([...this.#rest, head], this.#restBytes + end) : head,
      )
      this.#rest = []
      this.#restBytes = 0
    }
    if (end < bytes.length) {
      this.#rest.push(end > 0 ? bytes.slice(end) : bytes)
      this.#restBytes += bytes.length - end
      if (this.#restBytes > MAX_LINE_BYTES) throw new KronosConnectionError('a line without an end')
    }
    return text
  }

  /** What stands behind the last line end. */
  rest(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(concat(this.#rest, this.#restBytes))
  }
}
