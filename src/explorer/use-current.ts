import { useEffect, useRef, useState } from 'preact/hooks'
import { readId } from './event-list.ts'

/** The row that keys start from: it stays with its event, wherever others put it. */
export function useCurrent(rows: readonly string[], opened: string | undefined) {
  const [id, setId] = useState(opened)
  const last = useRef(0)
  useEffect(() => {
    if (opened) setId(opened)
  }, [opened])
  if (id !== undefined && !isAt(rows, last.current, id)) {
    last.current = rows.findIndex((text) => readId(text) === id)
  }
  return { index: id !== undefined && last.current >= 0 ? last.current : undefined, set: setId }
}

function isAt(rows: readonly string[], index: number, id: string): boolean {
  const text = rows[index]
  return text !== undefined && readId(text) === id
}
