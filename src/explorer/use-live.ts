import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { kronosTimeNow } from '../index.ts'
import { type EventList, MAX_ROWS } from './event-list.ts'
import type { Range } from './ranges.ts'
import { useSession } from './session.ts'

/** How often what came is shown. */
const SHOW_INTERVAL_MS = 200

/** How a live tail is doing. */
export interface Live {
  paused: boolean
  /** How many events came since the pause began. */
  waiting: number
  /** How many of those that waited had to go, since they were too many. */
  missed: number
  /** How many events came, ever. */
  came: number
  /** How many of them have become rows. */
  inserted: number
  togglePause: () => void
}

const START = { paused: false, waiting: 0, missed: 0, came: 0, inserted: 0 }

/** Puts the events that come from now on into a list, or has them wait while it is paused. */
export function useLive(
  stream: string,
  range: Range | undefined,
  list: EventList | undefined,
  on: boolean,
): Live {
  const { client, report } = useSession()
  const [state, setState] = useState(START)
  const queue = useRef<string[]>([])
  const paused = useRef(false)
  const target = useRef(list)
  target.current = list

  const show = useCallback(() => {
    const texts = paused.current ? [] : queue.current.splice(0)
    const inserted = target.current?.insert(texts) ?? 0
    const excess = queue.current.splice(0, Math.max(0, queue.current.length - MAX_ROWS)).length
    setState((before) => ({
      paused: paused.current,
      waiting: queue.current.length,
      missed: before.missed + excess,
      came: before.came + texts.length,
      inserted: before.inserted + inserted,
    }))
  }, [])

  const end = range?.end
  useEffect(() => {
    if (!on || end === undefined) return
    const now = kronosTimeNow()
    // An event from the future ends the range there, and hides none that come now.
    const from = end < now ? end + 1n : now
    queue.current = []
    paused.current = false
    setState(START)
    const stopped = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const read = async () => {
      for await (const text of client.tail(stream, { from, signal: stopped.signal }).lines()) {
        queue.current.push(text)
        timer ??= setTimeout(() => {
          timer = undefined
          show()
        }, SHOW_INTERVAL_MS)
      }
    }
    read().catch((error) => stopped.signal.aborted || report(error))
    return () => {
      stopped.abort()
      clearTimeout(timer)
    }
  }, [client, stream, end, on, show, report])

  const togglePause = useCallback(() => {
    paused.current = !paused.current
    show()
  }, [show])
  return { ...state, togglePause }
}
