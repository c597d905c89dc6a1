import { Dialog } from './dialog.tsx'
import { KEYS } from './keys.ts'

const NAMES: Record<string, string> = { Enter: '↵', Escape: 'Esc' }

export function HelpDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {KEYS.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{NAMES[key] ?? key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">
        Drag over the histogram to zoom in. All times are UTC. The address holds all that you see.
      </p>
    </Dialog>
  )
}
