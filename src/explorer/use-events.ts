import { useEffect, useReducer, useState } from 'preact/hooks'
import { EventList, type OpenPage } from './event-list.ts'
import { type Filter, matches } from './filters.ts'
import type { Range } from './ranges.ts'
import { useSession } from './session.ts'

/** The events of a range that pass the filters; read anew when any of it changes. */
export function useEvents(
  stream: string,
  range: Range | undefined,
  order: 'ascending' | 'descending',
  filters: readonly Filter[],
): EventList | undefined {
  const { client, report } = useSession()
  const [list, setList] = useState<EventList>()
  const [, update] = useReducer((count: number) => count + 1, 0)
  const filtersKey = JSON.stringify(filters)
  useEffect(() => {
    if (!range) return setList(undefined)
    const open: OpenPage = (limit, last) =>
      client.get(stream, range.start, range.end, {
        order,
        limit,
        [order === 'ascending' ? 'startId' : 'endId']: last,
      })
    const made = new EventList(
      open,
      (text) => matches(text, filters),
      () => {
        if (made.error) report(made.error)
        update(0)
      },
    )
    setList(made)
    return () => made.stop()
  }, [client, stream, range, order, filtersKey, report])
  return list
}
