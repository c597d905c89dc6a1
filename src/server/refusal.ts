import type { Store } from '../store/store.ts'

/** Why a request isn't carried out, as its answer says it. Thrown; the handler turns it into the answer. */
export class Refusal extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/** What a failing store is answered with: it may be back in a moment. */
export function storeRefusal(store: Store, error: unknown): Refusal {
  return new Refusal(503, describeStoreError(store, error), { 'retry-after': '1' })
}

/** The words for a store's error. The server writes no log, so these are all that anybody gets to see. */
export function describeStoreError(store: Store, error: unknown): string {
  return `the store ${store.name} failed: ${error instanceof Error ? error.message : String(error)}`
}
