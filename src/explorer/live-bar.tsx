import type { Live } from './use-live.ts'

interface LiveBarProps {
  on: boolean
  live: Live
  onToggle: () => void
}

/** Turns the live tail on and off, pauses it, and says what came. */
export function LiveBar({ on, live, onToggle }: LiveBarProps) {
  const count = (number: number) => number.toLocaleString('en')
  return (
    <div class="live">
      {on && (
        <span class="hint" role="status">
          {live.paused ? `Paused: ${count(live.waiting)} came meanwhile` : `${count(live.came)} came`}
          {live.missed > 0 && `, ${count(live.missed)} more than can wait; read again to see them`}
        </span>
      )}
      {on && (
        <button type="button" aria-pressed={live.paused} onClick={live.togglePause}>
          {live.paused ? `Go on (${count(live.waiting)})` : 'Pause'}
        </button>
      )}
      <button type="button" class="toggle" aria-pressed={on} onClick={onToggle}>
        <span aria-hidden="true">●</span> Live
      </button>
    </div>
  )
}
