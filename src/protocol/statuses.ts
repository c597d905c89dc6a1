/** HTTP statuses which say that the same request may do better later. */
export const RETRIED_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504]

/** Whether an HTTP status says that the same request may do better later. */
export function isRetriedStatus(status: number): boolean {
  return status >= 500 || RETRIED_STATUSES.includes(status)
}
