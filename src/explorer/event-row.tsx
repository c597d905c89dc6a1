import { useMemo } from 'preact/hooks'
import { idTime } from '../index.ts'
import { type Column, isNumeric } from './columns.ts'
import { readId } from './event-list.ts'
import { readMembers, readPath } from './json-text.ts'
import { showTime } from './ranges.ts'

export const ROW_HEIGHT = 32

interface EventRowProps {
  index: number
  /** The event's text; absent: it is still to come. */
  text: string | undefined
  columns: readonly Column[]
  current: boolean
  onOpen: (index: number) => void
}

/** An event as a row. Only what is in view is ever rendered, and only that is taken apart. */
export function EventRow({ index, text, columns, current, onOpen }: EventRowProps) {
  // A scroll renders every row in view again, and most of them are the same.
  return useMemo(
    () => renderRow({ index, text, columns, current, onOpen }),
    [index, text, columns, current, onOpen],
  )
}

function renderRow({ index, text, columns, current, onOpen }: EventRowProps) {
  const members = text === undefined ? undefined : readMembers(text)
  return (
    <div
      role="row"
      id={`row-${index}`}
      aria-rowindex={index + 2}
      aria-selected={current}
      class={index % 2 ? 'odd' : undefined}
      style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
      onClick={() => onOpen(index)}
    >
      <span role="gridcell" class="time">
        {text === undefined ? '…' : showTime(idTime(readId(text)))}
      </span>
      {columns.map(({ name, type, path: [first, ...rest] }) => {
        const raw = members?.get(first!)
        const value = raw === undefined ? undefined : readPath(raw, rest)
        return <Cell key={name} raw={value} numeric={isNumeric(type)} />
      })}
    </div>
  )
}

const MAX_CELL_LENGTH = 300

function Cell({ raw, numeric }: { raw: string | undefined; numeric: boolean }) {
  const isString = raw?.startsWith('"')
  const shown = isString ? (JSON.parse(raw!) as string) : (raw ?? '')
  const kind = [isString ? 'string' : /^[-\d]/.test(shown) ? 'number' : 'word', numeric && 'numeric']
  return (
    <span role="gridcell" class={kind.filter(Boolean).join(' ')}>
      {shown.slice(0, MAX_CELL_LENGTH)}
    </span>
  )
}
