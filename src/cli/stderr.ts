/** What may wait for a reader that is behind, in bytes. */
const MAX_WAITING = 1024 * 1024

let blocking = true
let dropped = 0

/**
 * Writes a line to stderr. Whoever reads a pipe may stand still, and the server must not with it: lines wait
 * in memory, up to a mebibyte, and those past that are dropped, which the next line to go through tells.
 */
export function writeStderr(line: string): void {
  if (blocking) makeNonBlocking()
  if (process.stderr.writableLength > MAX_WAITING) {
    dropped++
    return
  }
  if (dropped > 0) process.stderr.write(`kronos: ${dropped} lines of log were dropped\n`)
  dropped = 0
  process.stderr.write(line)
}

/** Node has pipes block, and no public way to say otherwise. */
function makeNonBlocking(): void {
  const { _handle } = process.stderr as unknown as { _handle?: { setBlocking?: (blocking: boolean) => void } }
  _handle?.setBlocking?.(false)
  blocking = false
}
