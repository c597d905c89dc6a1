const INTERVAL_MS = 100
const WIDTH = 24

/** How far long work is, on a terminal's stderr: a bar where the end is known, the count and the rate. */
export class Progress {
  readonly #label: string
  readonly #total: number | undefined
  readonly #startedAt = performance.now()
  #drawnAt = 0
  #done = 0

  constructor(label: string, total?: number) {
    this.#label = label
    this.#total = total
  }

  add(count: number): void {
    this.#done += count
    const now = performance.now()
    if (!process.stderr.isTTY || now - this.#drawnAt < INTERVAL_MS) return
    this.#drawnAt = now
    const rate = Math.round((this.#done * 1000) / (now - this.#startedAt))
    process.stderr.write(
      `\r\u001b[K${this.#label}  ${this.#bar()}${format(this.#done)} events  ${format(rate)}/s`,
    )
  }

  /** Clears the line. */
  end(): void {
    if (process.stderr.isTTY && this.#drawnAt > 0) process.stderr.write('\r\u001b[K')
  }

  #bar(): string {
    if (!this.#total) return ''
    const part = Math.min(1, this.#done / this.#total)
    const filled = Math.round(part * WIDTH)
    return `[${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${Math.floor(part * 100)}%  `
  }
}

function format(count: number): string {
  return count.toLocaleString('en')
}
