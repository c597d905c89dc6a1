import { useEffect, useRef, useState } from 'preact/hooks'
import type { Change, View } from './address.ts'
import { useKeys } from './keys.ts'
import { useSession } from './session.ts'
import { StreamList, viewOf } from './stream-list.tsx'
import { StreamPage } from './stream-page.tsx'
import { TopBar } from './top-bar.tsx'
import { useAnswer } from './use-answer.ts'
import { collect, useNamespaces } from './use-namespaces.ts'
import { Welcome } from './welcome.tsx'

/** How often to look for streams while there is none. */
const FIRST_POLL_MS = 2000

interface WorkspaceProps {
  view: View
  change: Change
  onHelp: () => void
}

/** The streams on one side, the one that is open on the other. */
export function Workspace({ view, change, onHelp }: WorkspaceProps) {
  const { client, namespace } = useSession()
  const [version, setVersion] = useState(0)
  const [menu, setMenu] = useState(false)
  const search = useRef<HTMLInputElement>(null)
  const refresh = () => setVersion((before) => before + 1)

  const namespaces = useNamespaces(client, version)
  const { value: streams, error } = useAnswer(() => collect(client.getStreams()), [client, version])

  useEffect(() => {
    if (streams?.length !== 0) return
    const timer = setTimeout(refresh, FIRST_POLL_MS)
    return () => clearTimeout(timer)
  }, [streams])
  useEffect(() => {
    // The usual one may be empty, or not this token's.
    const first = namespaces?.[0]
    if (!view.namespace && first && !namespaces.includes(namespace)) change({ namespace: first }, true)
  }, [namespaces, namespace, view.namespace, change])
  useKeys({
    '/': () => {
      search.current!.focus()
      setMenu(true)
      // On a phone it is there only then.
      setTimeout(() => search.current!.focus())
    },
    ...(!view.stream && { r: refresh }),
  })

  return (
    <div class={menu ? 'app menu-open' : 'app'}>
      <TopBar
        namespaces={namespaces ?? []}
        onNamespace={(chosen) =>
          change({
            namespace: chosen,
            stream: undefined,
            filters: [],
            event: undefined,
            range: 'all',
            search: '',
          })
        }
        menu={menu}
        onMenu={() => setMenu(!menu)}
        onHelp={onHelp}
      />
      <StreamList
        streams={streams}
        view={view}
        search={search}
        onSearch={(text) => change({ search: text }, true)}
        onOpen={(stream) => {
          setMenu(false)
          if (stream !== view.stream) change(viewOf(view, stream))
        }}
      />
      {view.stream ? (
        <StreamPage
          key={`${namespace} ${view.stream}`}
          stream={view.stream}
          view={view}
          change={change}
          version={version}
          onRefresh={refresh}
        />
      ) : (
        <Welcome streams={error ? undefined : streams} />
      )}
    </div>
  )
}
