import type { DeliveryReport, FlushOptions } from '../delivery/options.ts'
import { check } from '../protocol/check.ts'
import { TIMESTAMP_FIELD } from '../protocol/fields.ts'
import { RawEvent } from '../protocol/raw-event.ts'
import { KronosClient } from './client.ts'
import type { ClientOptions } from './options.ts'
import type { AnyStreams, PutEvent } from './types.ts'

type Events = PutEvent | readonly PutEvent[]
type PageClient = KronosClient<AnyStreams, 'bigint', false>

/** The client that a page has one of, and what was put before there was one. */
interface Page {
  client?: PageClient
  waiting: [stream: string, events: Events][]
}

/** What the snippet for `<script async>` records: `kronos.q`. */
type Recorded = [
  name: 'init' | 'put' | 'flush',
  args: unknown[],
  at: number,
  resolve: (answer: unknown) => void,
]

const PAGE = Symbol.for('kronos-js.page')

/** One for a page, also if it loads the bundle twice. */
function findPage(): Page {
  const globals = globalThis as { [PAGE]?: Page }
  globals[PAGE] ??= { waiting: [] }
  return globals[PAGE]
}

/**
 * Makes the page's one client, which puts without waiting; what was put before goes by it.
 *
 * @throws {KronosValidationError} naming the option that is wrong, or if there is one already
 */
export function init(url: string | URL, options: ClientOptions<'bigint', false> = {}): PageClient {
  const page = findPage()
  check(!page.client, 'init', 'one call in a page', 'another')
  const client: PageClient = new KronosClient(url, { ...options, blocking: false })
  page.client = client
  for (const [stream, events] of page.waiting.splice(0)) client.put(stream, events)
  return client
}

/** Puts an event, or an array of them, by the page's client; before {@link init} it waits for that. */
export function put(stream: string, events: Events): void {
  putAt(stream, events, Date.now())
}

function putAt(stream: string, events: Events, at: number): void {
  const page = findPage()
  if (page.client) page.client.put(stream, stamp(events, at))
  else page.waiting.push([stream, stamp(events, at)])
}

/** The page's client's `flush`. */
export async function flush(options?: FlushOptions): Promise<DeliveryReport> {
  const { client, waiting } = findPage()
  return client ? client.flush(options) : { queued: waiting.length, dropped: 0 }
}

/** Carries out, in order, what the snippet has recorded, and from then on what it still may record. */
export function takeOver(stub: { q?: Recorded[] } | undefined): void {
  const recorded = stub?.q
  if (!recorded) return
  const run = ([name, args, at, resolve]: Recorded): number => {
    try {
      if (name === 'init') init(...(args as Parameters<typeof init>))
      else if (name === 'put') putAt(...(args as Parameters<typeof put>), at)
      resolve(name === 'flush' ? flush(...(args as Parameters<typeof flush>)) : undefined)
    } catch (error) {
      // One wrong call keeps no other one back.
      reportError(error)
    }
    return 0
  }
  for (const call of recorded.splice(0)) run(call)
  recorded.push = run
}

/** Events happen when they are put, not when the script has come. */
function stamp(events: Events, at: number): Events {
  if (Array.isArray(events)) return events.map((event) => stamp(event, at) as PutEvent)
  const unfit = events instanceof RawEvent || typeof events !== 'object' || events === null
  return unfit ? events : { [TIMESTAMP_FIELD]: at, ...events }
}
