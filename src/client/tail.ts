import { checkNumber } from '../protocol/check.ts'
import { kronosTimeNow, type TimeInput, toKronosTime } from '../protocol/time.ts'
import type { Times } from '../reading/codec.ts'
import type { TailPlan } from '../reading/tail.ts'
import type { CallOptions } from './options.ts'

/** Options of `tail`. */
export interface TailOptions<T extends Times = Times> extends CallOptions {
  /** Where to begin: events of this time and later. @default now, by this machine's clock */
  from?: TimeInput | undefined
  /**
   * How far back from the newest event each poll reads again, in milliseconds: how late an event may arrive and
   * still be seen. @default 10000
   */
  overlap?: number | undefined
  /** Milliseconds from the end of a poll to the next one. @default 1000 */
  pollInterval?: number | undefined
  /** How `@time` comes. @default the client's */
  times?: T | undefined
  /** Whether what is stored is checked by the stream's schema, whose output comes; `.lines()` are not. @default false */
  validate?: boolean | undefined
}

export const TAIL_KEYS = ['from', 'overlap', 'pollInterval', 'times', 'validate']
const MAX_INTERVAL_MS = 2_147_483_647

export function resolveTail({
  from = kronosTimeNow(),
  overlap = 10_000,
  pollInterval = 1000,
}: TailOptions): Pick<TailPlan, 'from' | 'overlapMs' | 'pollIntervalMs'> {
  return {
    from: toKronosTime(from, 'from'),
    overlapMs: checkNumber('overlap', overlap, 0, MAX_INTERVAL_MS),
    pollIntervalMs: checkNumber('pollInterval', pollInterval, 1, MAX_INTERVAL_MS),
  }
}
