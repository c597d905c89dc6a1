import type { Answer } from '../protocol/answer.ts'
import { check, checkName } from '../protocol/check.ts'
import { stringify } from '../protocol/json.ts'
import { type KronosTime, type TimeInput, toKronosTime } from '../protocol/time.ts'
import type { CallOptions } from './options.ts'

/** Options of `histogram`. */
export interface HistogramOptions extends CallOptions {
  /** Milliseconds that a bucket spans, the first from `start` on; down to 0.0001, a tick. @default the whole range */
  bucketWidth?: number | undefined
}

/** A part of a range, and how many events it holds. */
export interface Bucket {
  start: KronosTime
  /** Inclusive. */
  end: KronosTime
  count: number
}

const MAX_BUCKETS = 10_000

interface HistogramAnswer extends Answer {
  /** The number of the bucket and its count, upwards; empty ones are left out. */
  buckets: [bucket: number, count: number][]
}

/** Checks what is asked for: the request's body, and what makes buckets of its answer. */
export function prepareHistogram(
  namespace: string,
  stream: string,
  start: TimeInput,
  end: TimeInput,
  { bucketWidth }: HistogramOptions,
) {
  checkName('stream', stream)
  const first = toKronosTime(start, 'start')
  const last = toKronosTime(end, 'end')
  const length = last < first ? 0n : last - first + 1n
  const good = bucketWidth === undefined || (bucketWidth >= 1e-4 && bucketWidth <= 2 ** 53)
  check(good, 'bucketWidth', 'milliseconds from 0.0001', bucketWidth)
  const width = bucketWidth === undefined ? length || 1n : toTicks(bucketWidth)
  const size = Number((length + width - 1n) / width) || 1
  check(size <= MAX_BUCKETS, 'bucketWidth', `one that gives at most ${MAX_BUCKETS} buckets`, bucketWidth)
  return {
    body: stringify({ namespace, stream, start_time: first, end_time: last, width }),
    read(answer: HistogramAnswer): Bucket[] {
      const counts = new Map(answer.buckets)
      return Array.from({ length: size }, (_, number) => {
        const from = first + BigInt(number) * width
        const to = from + width - 1n
        return { start: from, end: to < last ? to : last, count: counts.get(number) ?? 0 }
      })
    },
  }
}

function toTicks(ms: number): bigint {
  const whole = Math.floor(ms)
  return BigInt(whole) * 10_000n + BigInt(Math.round((ms - whole) * 1e4))
}
