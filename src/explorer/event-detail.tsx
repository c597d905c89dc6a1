import { useEffect, useRef } from 'preact/hooks'
import { idTime, type KronosClient } from '../index.ts'
import { CopyButton } from './copy-button.tsx'
import { readId } from './event-list.ts'
import { layOut } from './json-text.ts'
import { showTime } from './ranges.ts'
import { useSession } from './session.ts'
import { useAnswer } from './use-answer.ts'

/** Longer texts are shown as they are: no browser likes a hundred thousand pieces. */
const MAX_LAID_OUT = 300_000

interface EventDetailProps {
  stream: string
  id: string
  /** The event's text, if it is among the rows. */
  known: string | undefined
  onClose: () => void
}

/** One event, whole, as it is stored. */
export function EventDetail({ stream, id, known, onClose }: EventDetailProps) {
  const { client } = useSession()
  const { value, waiting } = useAnswer(
    () => Promise.resolve(known ?? findEvent(client, stream, id)),
    [client, stream, id],
  )
  const text = known ?? (value && readId(value) === id ? value : undefined)
  const close = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // Only where it covers the page, on a phone: else the keys stay with the rows.
    if (matchMedia('(max-width: 760px)').matches) close.current!.focus()
  }, [])
  return (
    <aside class="detail" aria-label="Event">
      <header>
        <div>
          <h2>Event</h2>
          {text && <p>{showTime(idTime(id))}</p>}
        </div>
        {text && <CopyButton text={text} label="Copy JSON" />}
        <button ref={close} type="button" class="icon" aria-label="Close the event" onClick={onClose}>
          ✕
        </button>
      </header>
      {text === undefined && <p class="hint">{waiting ? 'Reading …' : 'There is no such event any more.'}</p>}
      {text !== undefined && <JSONText text={text} />}
    </aside>
  )
}

function JSONText({ text }: { text: string }) {
  const pieces = text.length > MAX_LAID_OUT ? [{ kind: 'mark', text }] : layOut(text)
  return (
    <pre tabIndex={0} role="region" aria-label="JSON">
      {pieces.map((piece, index) => (
        <span key={index} class={`json-${piece.kind}`}>
          {piece.text}
        </span>
      ))}
    </pre>
  )
}

async function findEvent(client: KronosClient, stream: string, id: string): Promise<string | undefined> {
  const time = idTime(id)
  for await (const text of client.get(stream, time, time).lines()) if (readId(text) === id) return text
  return undefined
}
