/** A request in work: what its listener tells the handler, and what the handler tells back for the books. */
export interface Work {
  /** Whether there are too many others already. */
  readonly overloaded: boolean
  /** The call's path, once it is known to be one. */
  path?: string
  /** Events put, got and deleted. */
  put: number
  got: number
  deleted: number
  /** What went wrong on this side; the client's own mistakes are not told of. */
  error?: string
}

/** The work of a request that has just come. */
export function beginWork(overloaded = false): Work {
  return { overloaded, put: 0, got: 0, deleted: 0 }
}
