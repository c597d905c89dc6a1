import { useEffect, useState } from 'preact/hooks'
import { useSession } from './session.ts'

/** What was asked of the server, as far as it has come. */
export interface Answer<Value> {
  /** The last answer, also while the next is waited for. */
  value?: Value
  error?: unknown
  waiting: boolean
}

/** Asks again whenever one of the dependencies changes; an answer that comes too late is left out. */
export function useAnswer<Value>(
  ask: () => Promise<Value> | undefined,
  dependencies: readonly unknown[],
): Answer<Value> {
  const { report } = useSession()
  const [answer, setAnswer] = useState<Answer<Value>>({ waiting: true })
  useEffect(() => {
    let current = true
    setAnswer((before) => ({ ...before, waiting: true }))
    const asked = ask()
    if (!asked) return setAnswer({ waiting: false })
    asked.then(
      (value) => current && setAnswer({ value, waiting: false }),
      (error) => {
        if (!current) return
        setAnswer({ error, waiting: false })
        report(error)
      },
    )
    return () => {
      current = false
    }
  }, dependencies)
  return answer
}
