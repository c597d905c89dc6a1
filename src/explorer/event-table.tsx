import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { measureColumns } from './column-widths.ts'
import { type Column, isNumeric } from './columns.ts'
import { EventRow, ROW_HEIGHT } from './event-row.tsx'

/** Rows rendered above and below what is in view. */
const MARGIN = 8
const HEADER_HEIGHT = 34
/** How many rows say how wide the columns are. */
const SAMPLE = 60

interface EventTableProps {
  rows: readonly string[]
  /** How many rows there are, those included that are still to come. */
  count: number
  columns: readonly Column[]
  order: 'ascending' | 'descending'
  current: number | undefined
  /** How many rows have been put in above, ever: what is looked at stays where it is. */
  inserted: number
  onOpen: (index: number) => void
  onOrder: () => void
  /** Told how many rows are to be there. */
  onWant: (count: number) => void
}

/** The events as a table, which renders no more of them than are in view. */
export function EventTable(props: EventTableProps) {
  const { rows, count, columns, order, current, inserted, onOpen, onOrder, onWant } = props
  const grid = useRef<HTMLDivElement>(null)
  const [first, setFirst] = useState(0)
  const [visible, setVisible] = useState(30)
  const from = Math.max(0, first - MARGIN)
  const to = Math.min(count, first + visible + MARGIN)

  const onScroll = () => setFirst(Math.floor(grid.current!.scrollTop / ROW_HEIGHT))
  useEffect(() => {
    const sizes = new ResizeObserver(([entry]) =>
      setVisible(Math.ceil(entry!.contentRect.height / ROW_HEIGHT)),
    )
    sizes.observe(grid.current!)
    return () => sizes.disconnect()
  }, [])
  useEffect(() => onWant(to + visible * 4), [to, visible, onWant])

  const before = useRef(inserted)
  useLayoutEffect(() => {
    const more = inserted - before.current
    before.current = inserted
    if (grid.current!.scrollTop > 0) grid.current!.scrollTop += more * ROW_HEIGHT
  }, [inserted])
  useLayoutEffect(() => {
    if (current === undefined) return
    reveal(grid.current!, current)
    // So that a screen reader says which it is, and Enter opens it.
    if (!document.activeElement?.closest('.detail, input')) grid.current!.focus({ preventScroll: true })
  }, [current])

  const indices = Array.from({ length: Math.max(0, to - from) }, (_, offset) => from + offset)
  const some = rows.length > 0
  // Measured once: columns that move under the pointer are no help.
  const widths = useMemo(() => measureColumns(columns, rows.slice(0, SAMPLE)), [columns, some])
  return (
    <div
      ref={grid}
      role="grid"
      class="grid"
      tabIndex={0}
      aria-label="Events"
      aria-rowcount={count + 1}
      aria-activedescendant={current === undefined ? undefined : `row-${current}`}
      style={{
        '--columns': widths.map((width, index) => (index < columns.length ? `${width}px` : '1fr')).join(' '),
        '--width': `${widths.reduce((sum, width) => sum + width)}px`,
      }}
      onScroll={onScroll}
    >
      <div role="rowgroup" class="head">
        <div role="row" aria-rowindex={1}>
          <span role="columnheader" aria-sort={order}>
            <button type="button" onClick={onOrder} title="Turn the order">
              Time, UTC <span aria-hidden="true">{order === 'ascending' ? '↑' : '↓'}</span>
            </button>
          </span>
          {columns.map(({ name, type }) => (
            <span
              key={name}
              role="columnheader"
              class={isNumeric(type) ? 'numeric' : undefined}
              title={`${name}: ${type}`}
            >
              {name}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="body" style={{ height: `${count * ROW_HEIGHT}px` }}>
        {indices.map((index) => (
          <EventRow
            key={index}
            index={index}
            text={rows[index]}
            columns={columns}
            current={index === current}
            onOpen={onOpen}
          />
        ))}
      </div>
    </div>
  )
}

/** Scrolls no further than it must for a row to be in view. */
function reveal(grid: HTMLElement, index: number): void {
  const top = index * ROW_HEIGHT
  const height = grid.clientHeight - HEADER_HEIGHT - ROW_HEIGHT
  if (top < grid.scrollTop) grid.scrollTop = top
  else if (top > grid.scrollTop + height) grid.scrollTop = top - height
}
