/** What holds back the end of a process that has nothing else to do. */
export interface Pending {
  /** Whether there is something to deliver. */
  readonly pending: boolean
  /** Delivers it, or gives up in time. */
  finish(): Promise<unknown>
}

interface Process {
  on?(event: 'beforeExit', listener: () => void): void
  off?(event: 'beforeExit', listener: () => void): void
}

const holders = new Set<Pending>()

/** Keeps a process that ends by itself until what waits is delivered: one listener for all. Returns the way back. */
export function holdExit(holder: Pending): () => void {
  const { process } = globalThis as { process?: Process }
  if (holders.size === 0) process?.on?.('beforeExit', finishAll)
  holders.add(holder)
  return () => {
    holders.delete(holder)
    if (holders.size === 0) process?.off?.('beforeExit', finishAll)
  }
}

async function finishAll(): Promise<void> {
  const busy = [...holders].filter((holder) => holder.pending)
  // With nothing begun the process ends; anything else would call it back to here.
  if (busy.length === 0) return
  const awake = setInterval(() => {}, 60_000)
  await Promise.allSettled(busy.map((holder) => holder.finish()))
  clearInterval(awake)
}
