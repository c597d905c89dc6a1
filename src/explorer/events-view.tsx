import { useCallback } from 'preact/hooks'
import type { View } from './address.ts'
import type { Column } from './columns.ts'
import { type EventList, MAX_ROWS } from './event-list.ts'
import { EventTable } from './event-table.tsx'
import { PutSnippet } from './put-snippet.tsx'

interface EventsViewProps {
  stream: string
  view: View
  list: EventList | undefined
  /** How many events the range holds; it may not be known yet. */
  total: number | undefined
  /** Whether the stream has no event at all. */
  nothing: boolean
  columns: readonly Column[]
  current: number | undefined
  inserted: number
  onOpen: (index: number) => void
  onOrder: () => void
  /** Told to show the whole range, without filters. */
  onAll: () => void
}

/** The events as a table, or what to do where there are none. */
export function EventsView(props: EventsViewProps) {
  const { stream, view, list, total, nothing, columns, current, inserted, onOpen, onOrder, onAll } = props
  const onWant = useCallback((count: number) => list?.want(count), [list])
  if (nothing) {
    return (
      <div class="empty">
        <h3>No event in {stream}</h3>
        <p>Put one, and it will be here:</p>
        <PutSnippet stream={stream} />
      </div>
    )
  }
  const filtered = view.filters.length > 0
  if (list?.done && list.rows.length === 0) {
    return (
      <div class="empty">
        <h3>{filtered ? 'No event passes the filters' : 'No event in this range'}</h3>
        <p>
          {list.scanned > 0 && `${list.scanned.toLocaleString('en')} events were looked at. `}
          {view.live && 'New ones will be shown as they come.'}
        </p>
        <button type="button" class="primary" onClick={onAll}>
          Show all events
        </button>
      </div>
    )
  }
  const loaded = list?.rows.length ?? 0
  // Where nothing is left out, the rows that are still to come have their place already.
  const known = filtered || !list || list.done ? loaded : Math.max(loaded, Math.min(total ?? 0, MAX_ROWS))
  return (
    <>
      <EventTable
        // Another list begins at its top.
        key={list?.key}
        rows={list?.rows ?? []}
        count={known}
        columns={columns}
        order={view.order}
        current={current}
        inserted={inserted}
        onOpen={onOpen}
        onOrder={onOrder}
        onWant={onWant}
      />
      <p class="foot hint" role="status">
        {describeRows(list, known, filtered)}
      </p>
    </>
  )
}

function describeRows(list: EventList | undefined, count: number, filtered: boolean): string {
  if (!list) return 'Reading …'
  const words = [`${count.toLocaleString('en')} rows`]
  if (filtered) {
    const scanned = list.scanned.toLocaleString('en')
    words.push(list.done ? `${scanned} events were looked at` : `${scanned} events looked at so far`)
  }
  if (list.error) words.push('reading broke off: press r to read again')
  if (list.left > 0) words.push(`${list.left.toLocaleString('en')} of the oldest have left the table`)
  else if (count >= MAX_ROWS) words.push('a table holds no more: choose a shorter range to see the others')
  return words.join(' · ')
}
