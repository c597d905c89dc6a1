import type { Clock } from '../protocol/clock.ts'

const now = () => Date.now()
const random = () => Math.random()

/** The platform's time and chance. */
export const systemClock: Clock = {
  now,
  random,
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** The same for work in the background: its timers don't keep a process alive. */
export const backgroundClock: Clock = {
  now,
  random,
  after(ms, callback) {
    const timer = setTimeout(callback, ms) as { unref?(): void } & ReturnType<typeof setTimeout>
    const { Deno } = globalThis as { Deno?: { unrefTimer?(timer: unknown): void } }
    if (Deno) Deno.unrefTimer?.(timer)
    else timer.unref?.()
    return () => clearTimeout(timer)
  },
}
