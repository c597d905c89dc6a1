import { useSession } from './session.ts'
import { useAnswer } from './use-answer.ts'

interface TopBarProps {
  namespaces: readonly string[]
  onNamespace: (namespace: string) => void
  /** Whether the streams are shown where they don't have a place of their own. */
  menu: boolean
  onMenu: () => void
  onHelp: () => void
}

/** What this is, which server and namespace. */
export function TopBar({ namespaces, onNamespace, menu, onMenu, onHelp }: TopBarProps) {
  const { client, namespace } = useSession()
  const { value: index } = useAnswer(() => client.index(), [client])
  const stores = Object.values(index?.storage ?? {})
  const alive = stores.every((store) => store.alive)
  const names = [...new Set([...namespaces, namespace])].sort()
  return (
    <header class="top">
      <button type="button" class="icon menu" aria-label="Streams" aria-expanded={menu} onClick={onMenu}>
        ☰
      </button>
      <h1>
        <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M8 22v-5M14 22V10M20 22v-8M26 22V13" />
        </svg>
        Kronos
      </h1>
      <label>
        <span aria-hidden="true">Namespace</span>
        <select
          aria-label="Namespace"
          value={namespace}
          onChange={(event) => onNamespace(event.currentTarget.value)}
        >
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <span class="spacer" />
      {index && (
        <p class={alive ? 'server' : 'server down'}>
          <span aria-hidden="true">●</span> {stores.map(({ backend }) => backend).join(', ')}
          {!alive && ' does not answer'}
        </p>
      )}
      <button type="button" class="icon" aria-label="Help: keys" onClick={onHelp}>
        ?
      </button>
    </header>
  )
}
