import { KronosTimeoutError } from './errors.ts'

/** Time and chance, as one seam: a test or a simulation brings its own. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** From 0 to 1, 1 excluded. */
  random(): number
  /** Calls back after so many milliseconds; the answer calls it off. */
  after(ms: number, callback: () => void): () => void
}

/** A wait before an attempt, with full jitter: from 0 to `minDelay` doubled at each failure, up to `maxDelay`. */
export function backoff(failures: number, minDelay: number, maxDelay: number, clock: Clock): number {
  return clock.random() * Math.min(maxDelay, minDelay * 2 ** (failures - 1))
}

/** Resolves after so many milliseconds; rejects with the signal's reason when that aborts. */
export async function sleep(ms: number, signal: AbortSignal, clock: Clock): Promise<void> {
  let wake = () => {}
  const woken = new Promise<void>((resolve) => {
    wake = resolve
  })
  const stop = clock.after(ms, wake)
  signal.addEventListener('abort', wake)
  if (!signal.aborted) await woken
  stop()
  signal.removeEventListener('abort', wake)
  signal.throwIfAborted()
}

/**
 * Settles as the promise does, unless the time is over or the signal aborts first.
 *
 * @throws {KronosTimeoutError} when the time is over
 */
export function within<T>(ms: number, promise: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason)
    const stop = clock.after(ms, () => reject(new KronosTimeoutError(ms)))
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    promise.then(resolve, reject).finally(() => {
      stop()
      signal.removeEventListener('abort', abort)
    })
  })
}
