import { useMemo, useRef, useState } from 'preact/hooks'
import { readId } from './event-list.ts'

/** The row that keys start from: it stays with its event, wherever others put it. */
export interface Current {
  index: number | undefined
  /** Its index after all keys that were pressed, also those that are not rendered yet. */
  latest: () => number | undefined
  set: (id: string, index: number) => void
}

/** @param opened the `@id` of the event that is open, which makes it the current one */
export function useCurrent(rows: readonly string[], opened: string | undefined): Current {
  const [own, setOwn] = useState<string>()
  const id = opened ?? own
  const at = useRef<number>(undefined)
  const index = useMemo(() => {
    if (id === undefined || isAt(rows, at.current, id)) return at.current
    const found = rows.findIndex((text) => readId(text) === id)
    return found < 0 ? undefined : found
  }, [rows, rows.length, id])
  at.current = index
  return {
    index,
    latest: () => at.current,
    set(next, where) {
      at.current = where
      setOwn(next)
    },
  }
}

function isAt(rows: readonly string[], index: number | undefined, id: string): boolean {
  const text = rows[index ?? -1]
  return text !== undefined && readId(text) === id
}
