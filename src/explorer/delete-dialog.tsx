import { useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'
import { type Range, showTime } from './ranges.ts'
import { describe, useSession } from './session.ts'
import { useAnswer } from './use-answer.ts'

interface DeleteDialogProps {
  stream: string
  range: Range
  onClose: () => void
  onDeleted: (count: number) => void
}

/** Deletes a range's events, once it has said how many they are and the stream's name was typed. */
export function DeleteDialog({ stream, range, onClose, onDeleted }: DeleteDialogProps) {
  const { client, report } = useSession()
  const [typed, setTyped] = useState('')
  const [error, setError] = useState('')
  const [deleting, setDeleting] = useState(false)
  const { value: counted } = useAnswer(() => client.histogram(stream, range.start, range.end), [client])
  const count = counted?.[0]?.count
  const ready = typed === stream && Boolean(count) && !deleting

  const submit = async (event: Event) => {
    event.preventDefault()
    if (!ready) return
    setDeleting(true)
    try {
      const answer = await client.delete(stream, range.start, range.end)
      const stores = Object.values(answer[stream] ?? {})
      onDeleted(Math.max(...stores.map(({ num_deleted }) => num_deleted)))
    } catch (problem) {
      setDeleting(false)
      setError(describe(problem))
      report(problem)
    }
  }
  return (
    <Dialog title="Delete events" onClose={onClose}>
      <form onSubmit={submit}>
        <dl class="facts">
          <dt>Stream</dt>
          <dd>{stream}</dd>
          <dt>From</dt>
          <dd>{showTime(range.start)} UTC</dd>
          <dt>To</dt>
          <dd>{showTime(range.end)} UTC, inclusive</dd>
          <dt>Events</dt>
          <dd>
            <strong role="status">{count === undefined ? 'counting …' : count.toLocaleString('en')}</strong>
          </dd>
        </dl>
        <p>This can't be undone. Filters don't count: all events of the range go.</p>
        <label>
          Type the stream's name to go on
          <input
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        {error && (
          <p class="error" role="alert">
            {error}
          </p>
        )}
        <footer>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="danger" disabled={!ready}>
            Delete {count === undefined ? '' : count.toLocaleString('en')} events
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
