/** What is used of an OpenTelemetry tracer: `trace.getTracer('my-app')` is one. */
export interface Tracer {
  startSpan(name: string, options?: { kind?: number; attributes?: Record<string, string | number> }): Span
}

/** What is used of a span. */
export interface Span {
  spanContext(): {
    traceId: string
    spanId: string
    traceFlags: number
    traceState?: { serialize(): string } | undefined
  }
  setAttribute(name: string, value: string | number): unknown
  setStatus(status: { code: number; message?: string }): unknown
  recordException(error: Error): void
  end(): void
}

/** A call that is traced. */
interface Trace {
  /** W3C trace context: makes what the server does a part of the same trace. */
  readonly headers: Record<string, string>
  readonly end: (outcome: { status?: number; error?: unknown }) => void
}

const KIND_CLIENT = 2
const STATUS_ERROR = 2

function startTrace(tracer: Tracer, url: string, path: string, method: string): Trace {
  const [route] = path.split('?') as [string]
  const span = tracer.startSpan(`kronos ${route.slice(route.lastIndexOf('/') + 1)}`, {
    kind: KIND_CLIENT,
    // Without the query, where a key or a token may stand.
    attributes: { 'http.request.method': method, 'url.full': url + route },
  })
  const { traceId, spanId, traceFlags, traceState } = span.spanContext()
  const state = traceState?.serialize()
  const flags = traceFlags.toString(16).padStart(2, '0')
  return {
    headers: { traceparent: `00-${traceId}-${spanId}-${flags}`, ...(state && { tracestate: state }) },
    end({ status, error }) {
      if (status !== undefined) span.setAttribute('http.response.status_code', status)
      if (error instanceof Error) {
        span.setAttribute('error.type', error.name)
        span.setStatus({ code: STATUS_ERROR, message: error.message })
        span.recordException(error)
      }
      span.end()
    },
  }
}

/** Makes a request within a span of its own, which ends with the answer's head. */
export async function traceRequest(
  tracer: Tracer,
  { url, path, method }: { url: string; path: string; method: string },
  request: (headers: Record<string, string>) => Promise<Response>,
): Promise<Response> {
  const trace = startTrace(tracer, url, path, method)
  try {
    const response = await request(trace.headers)
    trace.end({ status: response.status })
    return response
  } catch (error) {
    trace.end({ error, status: (error as { status?: number } | undefined)?.status as number })
    throw error
  }
}

/** Reads within a span that ends with the reading, however many requests it takes. */
export async function* traceReading<Item>(
  tracer: Tracer | undefined,
  { url, path }: { url: string; path: string },
  read: (headers: Record<string, string> | undefined) => AsyncGenerator<Item>,
): AsyncGenerator<Item> {
  const trace = tracer && startTrace(tracer, url, path, 'POST')
  let error: unknown
  try {
    yield* read(trace?.headers)
  } catch (failure) {
    error = failure
    throw failure
  } finally {
    trace?.end({ error })
  }
}
