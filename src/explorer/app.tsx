import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { useAddress } from './address.ts'
import { HelpDialog } from './help-dialog.tsx'
import { useKeys } from './keys.ts'
import {
  connect,
  describe,
  loadToken,
  type Session,
  SessionContext,
  saveToken,
  serverURL,
  wantsToken,
} from './session.ts'
import { TokenDialog } from './token-dialog.tsx'
import { Workspace } from './workspace.tsx'

const MESSAGE_MS = 4000

/** The page: a connection, and what needs no more than that. */
export function App() {
  const [view, change] = useAddress()
  const [token, setToken] = useState(loadToken)
  const [asking, setAsking] = useState(false)
  const [helping, setHelping] = useState(false)
  const [error, setError] = useState('')
  const [message, setMessage] = useState('')

  const report = useCallback((problem: unknown) => {
    if (wantsToken(problem)) setAsking(true)
    else setError(describe(problem))
  }, [])
  const namespace = view.namespace ?? 'kronos'
  const session = useMemo<Session>(
    () => ({
      client: connect(namespace, token),
      namespace,
      url: serverURL(),
      token,
      report,
      say: setMessage,
    }),
    [namespace, token, report],
  )
  useEffect(() => {
    const timer = setTimeout(() => setMessage(''), MESSAGE_MS)
    return () => clearTimeout(timer)
  }, [message])
  // What went wrong belongs to what was shown.
  useEffect(() => setError(''), [session, view.stream])
  useKeys({ '?': () => setHelping(true) })

  return (
    <SessionContext.Provider value={session}>
      <Workspace view={view} change={change} onHelp={() => setHelping(true)} />
      {error && (
        <div class="banner" role="alert">
          <p>{error}</p>
          <button type="button" class="icon" aria-label="Close the message" onClick={() => setError('')}>
            ✕
          </button>
        </div>
      )}
      <div class={message ? 'toast' : 'hidden'} role="status">
        {message}
      </div>
      {helping && <HelpDialog onClose={() => setHelping(false)} />}
      {asking && (
        <TokenDialog
          refused={token !== ''}
          onClose={() => setAsking(false)}
          onToken={(given) => {
            saveToken(given)
            setToken(given)
            setAsking(false)
          }}
        />
      )}
    </SessionContext.Provider>
  )
}
