/** What happens to a page, as far as delivery has to act on it. */
export interface PageEvents {
  /** The page may go away at any moment from now on. `final`: it is being left, not only hidden. */
  leave(final: boolean): void
  /** It is shown again, out of the back/forward cache too. */
  comeBack(): void
  /** The network is back. */
  online(): void
}

/** Listens to the page's life, where there is a page. Returns the way to stop. Nothing here keeps it from being cached. */
export function watchPage({ leave, comeBack, online }: PageEvents): () => void {
  const stop = new AbortController()
  const { signal } = stop
  globalThis.addEventListener?.('online', online, { signal })
  globalThis.addEventListener?.('pagehide', () => leave(true), { signal })
  globalThis.addEventListener?.('pageshow', comeBack, { signal })
  globalThis.document?.addEventListener(
    'visibilitychange',
    () => (document.visibilityState === 'hidden' ? leave(false) : comeBack()),
    { signal },
  )
  return () => stop.abort()
}
