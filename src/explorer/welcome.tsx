import { PutSnippet } from './put-snippet.tsx'
import { useSession } from './session.ts'

/** What to do where no stream is open. */
export function Welcome({ streams }: { streams: readonly string[] | undefined }) {
  const { namespace } = useSession()
  if (!streams) return <main />
  return (
    <main>
      <div class="empty">
        <h2>{streams.length ? 'Choose a stream' : `Nothing in ${namespace} yet`}</h2>
        <p>
          {streams.length
            ? 'Open one of the list, or put events into a new one:'
            : 'Put a first event, and this page will show it:'}
        </p>
        <PutSnippet />
      </div>
    </main>
  )
}
