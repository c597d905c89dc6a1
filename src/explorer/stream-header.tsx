import type { Change, View } from './address.ts'
import { LiveBar } from './live-bar.tsx'
import type { Live } from './use-live.ts'

interface StreamHeaderProps {
  stream: string
  view: View
  change: Change
  total: number | undefined
  live: Live
  onLive: () => void
  onDelete: () => void
}

/** Which stream, how many events, and what can be done with it. */
export function StreamHeader({ stream, view, change, total, live, onLive, onDelete }: StreamHeaderProps) {
  return (
    <header class="stream">
      <h2 title={stream}>{stream}</h2>
      <p class="hint" role="status">
        {total === undefined ? '' : `${total.toLocaleString('en')} events`}
      </p>
      <span class="spacer" />
      <LiveBar on={view.live} live={live} onToggle={onLive} />
      <fieldset class="segments">
        <legend class="hidden">What to show</legend>
        {(['events', 'schema'] as const).map((tab) => (
          <button key={tab} type="button" aria-pressed={view.tab === tab} onClick={() => change({ tab })}>
            {tab === 'events' ? 'Events' : 'Schema'}
          </button>
        ))}
      </fieldset>
      <button type="button" disabled={!total} onClick={onDelete}>
        Delete…
      </button>
    </header>
  )
}
