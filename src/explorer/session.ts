import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { isKronosError, KronosClient, type KronosHTTPError } from '../index.ts'

/** What every part of the page needs to ask the server. */
export interface Session {
  client: KronosClient
  namespace: string
  /** Where the server is, without a slash at the end. */
  url: string
  token: string
  /** Tells of a failure: one for want of a token is met with a prompt. */
  report: (error: unknown) => void
  /** Says something in passing, aloud too. */
  say: (text: string) => void
}

export const SessionContext = createContext<Session | undefined>(undefined)

export function useSession(): Session {
  return useContext(SessionContext)!
}

/** The server's address: the page's own. */
export function serverURL(): string {
  return (location.origin + location.pathname).replace(/\/+$/, '')
}

export function connect(namespace: string, token: string): KronosClient {
  return new KronosClient(serverURL(), { namespace, ...(token && { token }) })
}

/** Whether a failure is for want of a token, or of a right one. */
export function wantsToken(error: unknown): boolean {
  return isKronosError(error) && (error as KronosHTTPError).status === 401
}

/** The words for a failure. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const TOKEN_KEY = 'kronos-token'

/** The token, kept as long as the tab is open. A page may be without storage. */
export function loadToken(): string {
  try {
    return sessionStorage.getItem(TOKEN_KEY) ?? ''
  } catch {
    return ''
  }
}

export function saveToken(token: string): void {
  try {
    sessionStorage.setItem(TOKEN_KEY, token)
  } catch {
    // Then it is asked for again after a reload.
  }
}
