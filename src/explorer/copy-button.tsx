import { useSession } from './session.ts'

/** Copies a text, also where the page has no clipboard: that of a server without TLS elsewhere. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    // A dialog makes all that is outside of it inert.
    const parent = document.querySelector('dialog[open]') ?? document.body
    parent.append(area)
    area.select()
    const copied = document.execCommand('copy')
    area.remove()
    return copied
  }
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const { say } = useSession()
  const copy = async () => say((await copyText(text)) ? 'Copied' : 'The browser did not let this be copied')
  return (
    <button type="button" onClick={copy}>
      {label}
    </button>
  )
}
