import { useEffect, useRef } from 'preact/hooks'

/** The keys of the page, and what each does: what the help shows. */
export const KEYS = [
  ['/', 'search the streams'],
  ['j', 'next event'],
  ['k', 'previous event'],
  ['Enter', 'open the event'],
  ['c', 'copy the open event'],
  ['l', 'live tail on and off'],
  ['p', 'pause the live tail, and go on'],
  ['o', 'turn the order'],
  ['z', 'zoom out'],
  ['r', 'read again'],
  ['f', 'filter by a field'],
  ['s', 'schema, and back to the events'],
  ['Escape', 'close what is open'],
  ['?', 'this help'],
] as const

export type Key = (typeof KEYS)[number][0]

/** Calls what belongs to a key, unless somebody is typing or a dialog is open. */
export function useKeys(actions: { readonly [K in Key]?: (() => void) | undefined }): void {
  const latest = useRef(actions)
  latest.current = actions
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      const target = event.target as HTMLElement
      if (target.closest('input, select, textarea, dialog')) return
      // Enter on a button is the button's.
      if (event.key === 'Enter' && target.closest('a, button, summary')) return
      const action = latest.current[event.key as Key]
      if (!action) return
      event.preventDefault()
      action()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}
