import { useState } from 'preact/hooks'
import { Dialog } from './dialog.tsx'

interface TokenDialogProps {
  /** Whether there was one, which the server refused. */
  refused: boolean
  onToken: (token: string) => void
  onClose: () => void
}

/** Asks for the token that the server wants. */
export function TokenDialog({ refused, onToken, onClose }: TokenDialogProps) {
  const [token, setToken] = useState('')
  const submit = (event: Event) => {
    event.preventDefault()
    if (token.trim()) onToken(token.trim())
  }
  return (
    <Dialog title="This server wants a token" onClose={onClose}>
      <form onSubmit={submit}>
        {refused && (
          <p class="error" role="alert">
            The server refused that token.
          </p>
        )}
        <label>
          Token
          <input
            type="password"
            autocomplete="off"
            value={token}
            aria-invalid={refused}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <p class="hint">It is kept in this tab until you close it, and sent to this server only.</p>
        <footer>
          <button type="submit" class="primary">
            Go on
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
