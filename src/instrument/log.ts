/** Where instrumentation puts what it saw. Neither call ever throws, so that the program goes on as without it. */
export interface Log {
  /** Puts what a function makes, without waiting. */
  put(makeEvent: () => object): void
  report(error: unknown): void
}

/** How an error, or whatever else was thrown, is logged. */
export interface LoggedException {
  /** The name of its class; of what is no object, its type. */
  class: string
  message: string
  /** The lines of its stack, where it has one. */
  stack_trace?: string[]
}

/**
 * Calls a function, and puts an event with how long it took, in seconds by a monotonic clock, and what it threw.
 * A promise is waited for; any other answer is given on as it is, be it a generator.
 */
export function measure<Result>(log: Log, readEvent: () => object, call: () => Result): Result {
  const startedAt = performance.now()
  const finish = (thrown?: { value: unknown }) => {
    const duration = (performance.now() - startedAt) / 1000
    log.put(() => ({
      ...readEvent(),
      duration,
      ...(thrown && { exception: describeException(thrown.value) }),
    }))
  }
  let result: Result
  try {
    result = call()
  } catch (value) {
    finish({ value })
    throw value
  }
  if (!isPromise(result)) {
    finish()
    return result
  }
  return result.then(
    (answer) => {
      finish()
      return answer
    },
    (value) => {
      finish({ value })
      throw value
    },
  ) as Result
}

/** Whether it is a promise, of any realm. Other objects with a `then`, as of query builders, may act when it is called. */
function isPromise(value: unknown): value is Promise<unknown> {
  return Object.prototype.toString.call(value) === '[object Promise]'
}

/** What is to be said of any thrown value. */
export function describeException(value: unknown): LoggedException {
  try {
    if (typeof value !== 'object' || value === null) {
      return { class: value === null ? 'null' : typeof value, message: String(value) }
    }
    const { message, stack } = value as { message?: unknown; stack?: unknown }
    return {
      class: value.constructor?.name || 'Object',
      message: typeof message === 'string' ? message : String(value),
      ...(typeof stack === 'string' && { stack_trace: stack.split('\n') }),
    }
  } catch {
    // A proxy, or a getter that throws.
    return { class: 'unknown', message: '' }
  }
}
