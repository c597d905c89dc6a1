import { KronosValidationError } from '../protocol/errors.ts'
import { checkNames } from './options.ts'
import type { Done } from './serve-metrics.ts'

/** How much is told: 5xx only, 4xx too, every call, health checks and metrics too. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

/** Where the log goes. */
export interface LogOptions {
  /** The least grave that is told of. @default 'info' */
  level?: LogLevel | undefined
  /** Takes a line of JSON, its end included. */
  write: (line: string) => void
}

/** From the gravest on. */
const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug']
/** What is asked for all the time, by machines. */
const PROBES = ['/healthz', '/metrics']
/** A path is the client's, and may be long. */
const MAX_PATH = 200

/**
 * Makes what writes a line a request: what was called and what came of it, no token and nothing of the body.
 *
 * @throws {KronosValidationError} naming the option that is wrong
 */
export function makeLog(options: LogOptions): (done: Done) => void {
  checkNames('options.log', options, ['level', 'write'])
  const { level = 'info', write } = options
  if (!LEVELS.includes(level)) {
    throw new KronosValidationError('options.log.level', `one of ${LEVELS.join(', ')}`, level)
  }
  if (typeof write !== 'function') throw new KronosValidationError('options.log.write', 'a function', write)
  return (done) => {
    const grave = levelOf(done)
    if (LEVELS.indexOf(grave) <= LEVELS.indexOf(level)) write(`${JSON.stringify(describe(grave, done))}\n`)
  }
}

function levelOf({ status, path, work }: Done): LogLevel {
  if (status >= 500 || work.error !== undefined) return 'error'
  if (status >= 400) return 'warn'
  return PROBES.includes(path) ? 'debug' : 'info'
}

function describe(level: LogLevel, { method, path, status, seconds, bytesIn, bytesOut, work }: Done): object {
  const { put, got, deleted, error } = work
  return {
    time: new Date().toISOString(),
    level,
    method,
    path: path.slice(0, MAX_PATH),
    status,
    ms: Math.round(seconds * 1e6) / 1e3,
    bytesIn,
    bytesOut,
    ...(put > 0 && { put }),
    ...(got > 0 && { got }),
    ...(deleted > 0 && { deleted }),
    ...(error !== undefined && { error }),
  }
}
