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

/** The headers of an answer that may be another in a moment. */
export const RETRY_SOON = { 'retry-after': '1' }

/** What a failing store is answered with: it may be back in a moment. */
export function storeRefusal(store: Store, error: unknown): Refusal {
  return new Refusal(503, describeStoreError(store, error), RETRY_SOON)
}

/** The words for a store's error: where no log is written, these are all that anybody gets to see. */
export function describeStoreError(store: Store, error: unknown): string {
  return `the store ${store.name} failed: ${error instanceof Error ? error.message : String(error)}`
}
