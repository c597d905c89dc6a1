import type { Ref } from 'preact'
import { type View, writeView } from './address.ts'

/** More names than these nobody reads; the search finds the others. */
const MAX_SHOWN = 500

interface StreamListProps {
  streams: readonly string[] | undefined
  view: View
  search: Ref<HTMLInputElement>
  onSearch: (search: string) => void
  onOpen: (stream: string) => void
}

/** The streams of the namespace, as links, and a search among them. */
export function StreamList({ streams = [], view, search, onSearch, onOpen }: StreamListProps) {
  const wanted = view.search.toLowerCase()
  const found = streams.filter((stream) => stream.toLowerCase().includes(wanted))
  const open = (event: MouseEvent, stream: string) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    onOpen(stream)
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && found[0]) onOpen(found[0])
    if (event.key === 'Escape') (event.currentTarget as HTMLElement).blur()
  }
  return (
    <nav aria-label="Streams">
      <label class="search">
        <span class="hidden">Search the streams</span>
        <input
          ref={search}
          type="search"
          placeholder="Search streams"
          value={view.search}
          onInput={(event) => onSearch(event.currentTarget.value)}
          onKeyDown={onKey}
        />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <p class="count" role="status">
        {wanted ? `${found.length} of ${streams.length} streams` : `${streams.length} streams`}
      </p>
      <ul>
        {found.slice(0, MAX_SHOWN).map((stream) => (
          <li key={stream}>
            <a
              href={writeView(viewOf(view, stream))}
              title={stream}
              aria-current={stream === view.stream ? 'page' : undefined}
              onClick={(event) => open(event, stream)}
            >
              {stream}
            </a>
          </li>
        ))}
      </ul>
      {found.length > MAX_SHOWN && <p class="hint">… and {found.length - MAX_SHOWN} more: search.</p>}
    </nav>
  )
}

/** The same view of another stream; its fields are others. */
export function viewOf(view: View, stream: string): View {
  return { ...view, stream, filters: [], event: undefined, range: 'all' }
}
