import { importUnbundled } from './unbundled.ts'
import type { Work } from './work.ts'

/** A request that is over, as metrics and logs tell of it. */
export interface Done {
  readonly method: string
  /** Without its query: a beacon's token stands there. */
  readonly path: string
  readonly status: number
  readonly seconds: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly work: Work
}

/** The counts of a listener, as Prometheus reads them. */
export interface Metrics {
  /** Counts a request that is over. */
  count(done: Done): void
  /** Answers all of them as Prometheus text. */
  answer(): Promise<Response>
}

const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Makes a listener's metrics; `inWork` says how many requests there are at a time. */
export async function makeMetrics(inWork: () => number): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry } =
    await importUnbundled<typeof import('prom-client')>('prom-client')
  const registry = new Registry()
  const registers = [registry]
  const requests = new Counter({
    name: 'kronos_requests_total',
    help: 'Requests answered, by call and status; 0 is a client that went away before',
    labelNames: ['call', 'status'],
    registers,
  })
  const latency = new Histogram({
    name: 'kronos_request_duration_seconds',
    help: 'From the head of a request to the end of its answer',
    labelNames: ['call'],
    buckets: LATENCIES,
    registers,
  })
  const events = new Counter({
    name: 'kronos_events_total',
    help: 'Events put, got and deleted',
    labelNames: ['call'],
    registers,
  })
  const bytes = new Counter({
    name: 'kronos_bytes_total',
    help: 'Bytes received and sent, heads included',
    labelNames: ['direction'],
    registers,
  })
  new Gauge({
    name: 'kronos_requests_in_work',
    help: 'Requests whose answer is not at its end',
    registers,
    collect() {
      this.set(inWork())
    },
  })

  return {
    count({ status, seconds, bytesIn, bytesOut, work }) {
      // Paths that are no calls are the client's invention: a label each would fill the memory.
      const call = work.path ?? 'other'
      requests.inc({ call, status })
      latency.observe({ call }, seconds)
      for (const name of ['put', 'got', 'deleted'] as const) {
        if (work[name] > 0) events.inc({ call: name }, work[name])
      }
      bytes.inc({ direction: 'received' }, bytesIn)
      bytes.inc({ direction: 'sent' }, bytesOut)
    },
    async answer() {
      return new Response(await registry.metrics(), {
        headers: { 'content-type': registry.contentType, 'x-content-type-options': 'nosniff' },
      })
    },
  }
}
