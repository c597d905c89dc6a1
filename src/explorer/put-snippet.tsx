import { CopyButton } from './copy-button.tsx'
import { useSession } from './session.ts'

/** How to put a first event into this very server. */
export function PutSnippet({ stream = 'greetings' }: { stream?: string | undefined }) {
  const { url, namespace, token } = useSession()
  const body = JSON.stringify({ namespace, events: { [stream]: [{ text: 'hello' }] } })
  // The token itself stays out of shells' histories.
  const header = token ? ` \\\n  -H "Authorization: Bearer $KRONOS_TOKEN"` : ''
  const command = `curl ${url}/1.0/events/put${header} \\\n  -d '${body}'`
  const options = [
    ...(namespace === 'kronos' ? [] : [`namespace: '${namespace}'`]),
    ...(token ? ['token: process.env.KRONOS_TOKEN'] : []),
  ]
  const program = `import { KronosClient } from 'kronos-js'

const client = new KronosClient('${url}'${options.length ? `, { ${options.join(', ')} }` : ''})
await client.put('${stream}', { text: 'hello' })`
  return (
    <div class="snippets">
      <Snippet title="From a shell" text={command} />
      <Snippet title="From JavaScript" text={program} />
      {token && <p class="hint">Both take the token from the environment: KRONOS_TOKEN.</p>}
    </div>
  )
}

function Snippet({ title, text }: { title: string; text: string }) {
  return (
    <section class="snippet" aria-label={title}>
      <header>
        <h3>{title}</h3>
        <CopyButton text={text} />
      </header>
      <pre tabIndex={0}>{text}</pre>
    </section>
  )
}
