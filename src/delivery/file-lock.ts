import type * as FS from 'node:fs'
import { KronosValidationError } from '../protocol/errors.ts'

/** Who holds a lock. A process's number is used again some day; with its start it is not. */
interface Holder {
  pid: number
  started: string
}

/**
 * Takes the lock file beside a file, and returns the way to give it back. The lock of a process that is gone is
 * taken over.
 *
 * @throws {KronosValidationError} if another process has it, or this one already
 */
export function lockFile(fs: typeof FS, path: string): () => void {
  const lock = `${path}.lock`
  const own = `${lock}.${process.pid}.${Math.random().toString(36).slice(2)}`
  fs.writeFileSync(own, JSON.stringify({ pid: process.pid, started: startOf(fs, process.pid) }))
  try {
    while (!link(fs, own, lock)) {
      const text = read(fs, lock)
      if (text === undefined) continue
      const { pid, started } = JSON.parse(text) as Holder
      if (started === startOf(fs, pid))
        throw new KronosValidationError('path', `a queue that is not in use (process ${pid} has it)`, path)
      discard(fs, lock, text, `${own}.stale`)
    }
  } finally {
    fs.rmSync(own, { force: true })
  }
  return () => fs.rmSync(lock, { force: true })
}

/** Makes the lock, complete from its first moment; false if there is one. */
function link(fs: typeof FS, from: string, to: string): boolean {
  try {
    fs.linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Removes a dead process's lock, unless meanwhile another has taken it over: then puts that one back. */
function discard(fs: typeof FS, lock: string, text: string, aside: string): void {
  try {
    fs.renameSync(lock, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (read(fs, aside) !== text) link(fs, aside, lock)
  fs.rmSync(aside, { force: true })
}

function read(fs: typeof FS, path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** When a process began, as far as the system tells; none if there is no such process. */
function startOf(fs: typeof FS, pid: number): string | undefined {
  // Linux: the 22nd field, counted in ticks since the boot; the second may have spaces in its parentheses.
  const stat = read(fs, `/proc/${pid}/stat`)
  if (stat)
    return `${read(fs, '/proc/sys/kernel/random/boot_id')?.trim()} ${stat.split(') ')[1]!.split(' ')[19]}`
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : undefined
  }
}
