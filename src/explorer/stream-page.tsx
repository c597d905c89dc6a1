import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Change, View } from './address.ts'
import { readColumns } from './columns.ts'
import { copyText } from './copy-button.tsx'
import { DeleteDialog } from './delete-dialog.tsx'
import { EventDetail } from './event-detail.tsx'
import { readId } from './event-list.ts'
import { EventsView } from './events-view.tsx'
import { FilterBar } from './filter-bar.tsx'
import { Histogram } from './histogram.tsx'
import { useKeys } from './keys.ts'
import { RangeBar } from './range-bar.tsx'
import { type Range, resolveRange, widen } from './ranges.ts'
import { SchemaView } from './schema-view.tsx'
import { useSession } from './session.ts'
import { StreamHeader } from './stream-header.tsx'
import { useAnswer } from './use-answer.ts'
import { useCurrent } from './use-current.ts'
import { useEvents } from './use-events.ts'
import { useHistogram } from './use-histogram.ts'
import { useLive } from './use-live.ts'

/** The most bars of the histogram. */
const BUCKETS = 120
/** How often to look for events while there is none. */
const POLL_MS = 2000

interface StreamPageProps {
  stream: string
  view: View
  change: Change
  /** Goes up when all is to be read again. */
  version: number
  onRefresh: () => void
}

/** One stream: how many events over time, and the events. */
export function StreamPage({ stream, view, change, version, onRefresh }: StreamPageProps) {
  const { client, say } = useSession()
  const [deleting, setDeleting] = useState<Range>()
  const field = useRef<HTMLInputElement>(null)

  const choice = view.range
  const choiceKey = typeof choice === 'object' ? `${choice.from} ${choice.to}` : choice
  // Whatever is read anew is read up to now, with all that a live tail has brought.
  const reasons = [version, view.live, view.order, JSON.stringify(view.filters)]
  const resolved = useAnswer(
    async () => ({ range: await resolveRange(client, stream, choice, BUCKETS), version }),
    [client, stream, choiceKey, ...reasons],
  )
  const found = resolved.value
  // The same ends are the same range, unless all was to be read again.
  const range = useMemo(() => found?.range, [found?.range?.start, found?.range?.end, found?.version])
  const { value: answer } = useAnswer(() => client.inferSchema(stream), [client, stream, version])
  const columns = useMemo(() => readColumns(answer?.schema), [answer])
  const list = useEvents(stream, range, view.order, view.filters)
  const live = useLive(stream, range, list, view.live)
  const buckets = useHistogram(stream, range, live.came, BUCKETS)
  const total = buckets?.reduce((sum, { count }) => sum + count, 0)

  const rows = list?.rows ?? []
  const current = useCurrent(rows, view.event)
  const openedText = view.event && current.index !== undefined ? rows[current.index] : undefined

  /** Makes a row the current one, and shows its event if one is shown, or is to be. */
  const select = (index: number, open = view.event !== undefined) => {
    const within = Math.max(0, Math.min(rows.length - 1, index))
    const text = rows[within]
    if (text === undefined) return
    const id = readId(text)
    current.set(id, within)
    if (open) change({ event: id }, true)
  }
  const close = () => change({ event: undefined }, true)
  const zoom = ({ start, end }: Range) => change({ range: { from: start, to: end }, live: false })
  const turn = () => {
    if (view.live) say('A live tail shows the newest first')
    else change({ order: view.order === 'ascending' ? 'descending' : 'ascending' })
  }
  const toggleLive = () => {
    // What comes now is in no range that has ended, and it comes on top.
    const range = typeof choice === 'object' ? 'all' : choice
    change(view.live ? { live: false } : { live: true, order: 'descending', range })
  }

  const nothing = !resolved.waiting && !resolved.error && !range
  useEffect(() => {
    if (!nothing) return
    const timer = setTimeout(onRefresh, POLL_MS)
    return () => clearTimeout(timer)
  })

  useKeys({
    j: () => select((current.latest() ?? -1) + 1),
    k: () => select((current.latest() ?? 1) - 1),
    Enter: () => select(current.latest() ?? 0, true),
    c: () => openedText && void copyText(openedText).then(() => say('Copied')),
    l: toggleLive,
    p: view.live ? live.togglePause : undefined,
    o: turn,
    z: () => range && zoom(widen(range)),
    r: onRefresh,
    f: () => field.current?.focus(),
    s: () => change({ tab: view.tab === 'schema' ? 'events' : 'schema' }),
    Escape: close,
  })

  return (
    <main>
      <StreamHeader
        stream={stream}
        view={view}
        change={change}
        total={total}
        live={live}
        onLive={toggleLive}
        onDelete={() => setDeleting(range)}
      />
      <RangeBar
        choice={choice}
        range={range}
        onChoose={(range) => change({ range, live: view.live && typeof range === 'string' })}
      />
      {buckets && <Histogram buckets={buckets} onZoom={zoom} />}
      {view.tab === 'schema' && answer && <SchemaView schema={answer.schema} />}
      {view.tab === 'events' && (
        <div class={view.event ? 'columns opened' : 'columns'}>
          <section class="events" aria-label="Events of the range">
            <FilterBar
              columns={columns}
              filters={view.filters}
              field={field}
              onChange={(filters) => change({ filters })}
            />
            <EventsView
              stream={stream}
              view={view}
              list={list}
              total={total}
              nothing={nothing}
              columns={columns}
              current={current.index}
              inserted={live.inserted}
              onOpen={(index) => select(index, true)}
              onOrder={turn}
              onAll={() => change({ range: 'all', filters: [] })}
            />
          </section>
          {view.event && <EventDetail stream={stream} id={view.event} known={openedText} onClose={close} />}
        </div>
      )}
      {deleting && (
        <DeleteDialog
          stream={stream}
          range={deleting}
          onClose={() => setDeleting(undefined)}
          onDeleted={(count) => {
            setDeleting(undefined)
            say(`Deleted ${count.toLocaleString('en')} events`)
            close()
            onRefresh()
          }}
        />
      )}
    </main>
  )
}
