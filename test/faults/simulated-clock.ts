import type { Clock } from '../../src/protocol/clock.ts'

interface Timer {
  at: number
  callback: () => void
}

/**
 * A clock whose hours pass in no time: it goes on to the next timer when nothing is left to do. What takes real
 * time, such as a server in this process, counts as `busy` meanwhile.
 */
export class SimulatedClock implements Clock {
  readonly random: () => number
  busy = 0
  #elapsed = 0
  /** Where the wall clock says to be. */
  #epoch = Date.UTC(2026, 10, 24)
  readonly #timers = new Set<Timer>()

  constructor(random: () => number) {
    this.random = random
  }

  /** Milliseconds since the start, which no jump changes. */
  get elapsed(): number {
    return this.#elapsed
  }

  now(): number {
    return this.#epoch + this.#elapsed
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#elapsed + ms, callback }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Sets the wall clock forward, or back. */
  jump(ms: number): void {
    this.#epoch += ms
  }

  /** Counts as busy while it is not settled. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.busy++
    try {
      return await work
    } finally {
      this.busy--
    }
  }

  /** Lets time pass until then. */
  async runUntil(done: () => boolean): Promise<void> {
    for (;;) {
      await this.#settle()
      if (done()) return
      const next = this.#next()
      if (!next) throw new Error('nothing is left that could happen')
      this.#timers.delete(next)
      this.#elapsed = Math.max(this.#elapsed, next.at)
      next.callback()
    }
  }

  async pass(ms: number): Promise<void> {
    let over = false
    this.after(ms, () => {
      over = true
    })
    await this.runUntil(() => over)
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) if (!next || timer.at < next.at) next = timer
    return next
  }

  /** Nothing real is going on, and nothing has come of it for a few turns of the loop. */
  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      await new Promise((resolve) => setImmediate(resolve))
      if (this.busy > 0) quiet = -1
    }
  }
}
