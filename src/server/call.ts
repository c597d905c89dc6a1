import type { Rights } from './access.ts'
import type { Settings } from './options.ts'
import type { Work } from './work.ts'

/** A request that may be carried out, as the calls get it. */
export interface Call {
  readonly request: Request
  readonly url: URL
  readonly rights: Rights
  readonly settings: Settings
  /** When it came, by `performance.now()`. */
  readonly startedAt: number
  /** Names this server, the same as long as it runs. */
  readonly serverId: () => string
  readonly work: Work
}
