import { useEffect, useRef, useState } from 'preact/hooks'
import { type Bucket, kronosTimeNow } from '../index.ts'
import { chooseWidth, type Range } from './ranges.ts'
import { useSession } from './session.ts'
import { useAnswer } from './use-answer.ts'

/** Between two counts while events come in. */
const INTERVAL_MS = 2000

/**
 * A range's counts over time; read anew as events come.
 *
 * @param came how many came after the range was read, up to now
 */
export function useHistogram(
  stream: string,
  range: Range | undefined,
  came: number,
  most: number,
): Bucket[] | undefined {
  const { client } = useSession()
  const [counted, setCounted] = useState(0)
  const latest = useRef(came)
  latest.current = came
  useEffect(() => {
    if (came === counted) return
    const timer = setTimeout(() => setCounted(latest.current), INTERVAL_MS)
    return () => clearTimeout(timer)
    // Not anew for each that comes: the first starts the clock.
  }, [came === counted, counted])
  return useAnswer(() => {
    if (!range) return undefined
    const now = kronosTimeNow()
    const shown = counted > 0 && now > range.end ? { ...range, end: now } : range
    return client.histogram(stream, shown.start, shown.end, {
      bucketWidth: Number(chooseWidth(shown, most)) / 1e4,
    })
  }, [client, stream, range, counted]).value
}
