import { v4 } from 'uuid'
import { KronosResponseError } from '../protocol/errors.ts'
import { idTime, isEventId } from '../protocol/event-id.ts'
import { END_FIELD, ERRORS_FIELD, KEY_PARAMETER, PATHS, SUCCESS_FIELD } from '../protocol/fields.ts'
import { stringify } from '../protocol/json.ts'
import { HIGHEST_TIME, type TimeInput, toKronosTime } from '../protocol/time.ts'
import { type Codec, eventCodec, type Times } from '../reading/codec.ts'
import { EventStream } from '../reading/event-stream.ts'
import { createHTTP, type HTTP } from '../transport/http.ts'
import { systemClock } from '../transport/system-clock.ts'
import type { Transport } from '../transport/transport.ts'
import { writeEvent } from './event-text.ts'
import {
  type CallOptions,
  type ClientOptions,
  check,
  checkName,
  checkTimes,
  type GetOptions,
  type RangeOptions,
  type ResolvedOptions,
  resolveCall,
  resolveOptions,
} from './options.ts'
import type {
  Answer,
  AnyStreams,
  DeleteResponse,
  IndexResponse,
  KronosEvent,
  PutEvent,
  PutResponse,
  SchemaResponse,
} from './types.ts'

type Name<Streams> = Extract<keyof Streams, string>

/**
 * A client of one Kronos server. Making one sends nothing.
 *
 * @typeParam Streams the events of each stream by its name, to type `put` and `get`
 * @typeParam T how `@time` comes in events; inferred from the option `times`
 * @example
 * const client = new KronosClient('http://localhost:8151', { namespace: 'kronos' })
 * await client.put('site.clicks', { user: 40, clicks: 7 })
 */
export class KronosClient<Streams extends object = AnyStreams, T extends Times = 'bigint'> {
  readonly #options: ResolvedOptions
  readonly #http: HTTP
  #closed = false

  /**
   * @param target the server's URL, or a {@link Transport} that takes the requests in its place
   * @throws {KronosValidationError} naming the option that is wrong or unknown
   */
  constructor(target: string | URL | Transport, options?: ClientOptions<T>)
  constructor(options: ClientOptions<T> & { url: string | URL | Transport })
  constructor(
    target: string | URL | Transport | (ClientOptions<T> & { url: string | URL | Transport }),
    options: ClientOptions<T> = {},
  ) {
    const together = typeof target === 'object' && target !== null && !(target instanceof URL)
    const { url, ...rest } = together ? target : { url: target }
    this.#options = resolveOptions(url, together ? rest : options)
    this.#http = createHTTP(this.#options)
  }

  /**
   * Puts events into streams: an object of stream names and arrays of events, or one stream and one event or
   * an array. An event without `@time` happened now. The events themselves are not changed. Attempts after the
   * first carry the same idempotency key, so that a server that knows it stores each event once.
   *
   * @throws {KronosValidationError} before any request, naming the event and field; then nothing is sent
   * @throws {KronosResponseError} if the server stored not all of them; its `response` says which
   * @example await client.put({ 'site.clicks': [{ user: 40 }, { user: 42, '@time': new Date() }] })
   * @see protocol: Put, Idempotency
   */
  put<S extends Name<Streams>>(
    events: { readonly [K in S]?: readonly PutEvent<Streams[K]>[] },
    options?: CallOptions,
  ): Promise<PutResponse<S>>
  put<S extends Name<Streams>>(
    stream: S,
    events: PutEvent<Streams[S]> | readonly PutEvent<Streams[S]>[],
    options?: CallOptions,
  ): Promise<PutResponse<S>>
  async put(first: string | object, second?: object, third?: CallOptions): Promise<PutResponse> {
    const one = typeof first === 'string'
    const call = this.#call((one ? third : (second as CallOptions)) ?? {})
    const streams = one ? [[first, second] as const] : Object.entries(checkObject('events', first))
    const texts = streams.map(([stream, events]) => {
      const list = one && !Array.isArray(events) ? [events] : events
      const field = one ? 'events' : `events[${JSON.stringify(stream)}]`
      check(Array.isArray(list), field, 'an array of events', list)
      const written = (list as object[]).map((event, index) =>
        writeEvent(event, list === events ? `${field}[${index}]` : 'event', this.#options.library),
      )
      return `"${checkName('stream', stream)}":[${written}]`
    })
    const body = `{"namespace":"${call.namespace}","events":{${texts}}}`
    return this.#answer({ ...call, path: `${PATHS.put}?${KEY_PARAMETER}=${v4()}`, body })
  }

  /**
   * The events of a stream in a range of time, both ends inclusive, in the order of their ids. Nothing is
   * requested before the first pull. A break in the middle is resumed after the last event seen: no event is
   * lost, none comes twice.
   *
   * @param start @default the epoch
   * @param end @default the highest time there is
   * @throws {KronosValidationError} at once; while reading, what {@link EventStream} says
   * @example for await (const event of client.get('site.clicks', start, end, { limit: 10 })) console.log(event)
   */
  get<S extends Name<Streams>, C extends Times = T>(
    stream: S,
    start?: TimeInput,
    end?: TimeInput,
    options?: GetOptions<C>,
  ): EventStream<KronosEvent<Streams[S], C>>
  get(
    stream: string,
    start: TimeInput = 0,
    end: TimeInput = HIGHEST_TIME,
    options: GetOptions = {},
  ): EventStream<unknown> {
    const call = this.#call(options, ['startId', 'endId', 'order', 'limit', 'times'])
    const { order = 'ascending', limit, times = this.#options.times } = options
    check(order === 'ascending' || order === 'descending', 'order', "'ascending' or 'descending'", order)
    check(limit === undefined || (Number.isInteger(limit) && limit >= 0), 'limit', 'an integer from 0', limit)
    const range = { ...resolveRange(start, end, options), stream: checkName('stream', stream), order, limit }
    const plan = {
      range: { ...range, namespace: call.namespace },
      open: (body: string, signal: AbortSignal) =>
        this.#http.open({ ...call, path: PATHS.get, body, signal }),
      timeout: call.timeout,
      attempts: this.#options.retry.limit + 1,
      clock: systemClock,
    }
    return new EventStream(plan, eventCodec(checkTimes(times)) as Codec<unknown>, call.signal)
  }

  /**
   * Deletes the events of a stream in a range of time, both ends inclusive. The answer says how many there were.
   *
   * @throws {KronosResponseError} if the store failed, or `endId` is given to a server that doesn't know it
   * @example const { 'site.clicks': { sqlite } } = await client.delete('site.clicks', start, end)
   */
  async delete<S extends Name<Streams>>(
    stream: S,
    start: TimeInput | undefined,
    end: TimeInput | undefined,
    options: RangeOptions = {},
  ): Promise<DeleteResponse<S>> {
    const call = this.#call(options, ['startId', 'endId'])
    checkName('stream', stream)
    const range = resolveRange(start, end, options)
    if (range.endId) {
      // A server that ignores `end_id` would delete up to the end of its tick.
      const index = await this.index(call)
      if (!index.features?.includes('end_id'))
        throw new KronosResponseError(['the server has no end_id'], index)
    }
    const body = stringify({
      namespace: call.namespace,
      stream,
      start_time: range.startId ? undefined : range.start,
      start_id: range.startId,
      end_time: range.end,
      end_id: range.endId,
    })
    return this.#answer({ ...call, path: PATHS.delete, body })
  }

  /** The names of the namespace's streams. Requested at the first pull. */
  getStreams(options: CallOptions = {}): AsyncGenerator<Name<Streams>, void, void> {
    return this.#streams(this.#call(options))
  }

  async *#streams(call: ReturnType<typeof resolveCall>): AsyncGenerator<Name<Streams>, void, void> {
    const body = stringify({ namespace: call.namespace, end: true })
    const response = await this.#http.send({ ...call, path: PATHS.streams, body })
    for (const line of (await response.text()).split(/\r?\n/)) {
      // No name begins with a brace: this is the announced end, or an error.
      if (line.startsWith('{')) {
        if (!(END_FIELD in JSON.parse(line))) readAnswer(line)
        return
      }
      if (line) yield line as Name<Streams>
    }
  }

  /** The schema of a stream, inferred by the server from its last 100 events: a JSON Schema, draft 4. */
  async inferSchema(stream: Name<Streams>, options: CallOptions = {}): Promise<SchemaResponse> {
    const call = this.#call(options)
    const body = stringify({ namespace: call.namespace, stream: checkName('stream', stream) })
    return this.#answer({ ...call, path: PATHS.inferSchema, body })
  }

  /** What the server is: its version, its stores, and whether they are alive. */
  async index(options: CallOptions = {}): Promise<IndexResponse> {
    return this.#answer({ ...this.#call(options), path: PATHS.index })
  }

  /** Frees what the client holds. Calls after that are refused. */
  async close(): Promise<void> {
    this.#closed = true
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #call(options: CallOptions, more?: string[]) {
    check(!this.#closed, 'client', 'an open client', 'a closed one')
    return resolveCall(options, this.#options, more)
  }

  async #answer<A extends Answer>(call: Parameters<HTTP['send']>[0]): Promise<A> {
    return readAnswer<A>(await (await this.#http.send(call)).text())
  }
}

function readAnswer<A extends Answer>(text: string): A {
  let answer: A
  try {
    answer = JSON.parse(text)
  } catch (cause) {
    throw new KronosResponseError([`not an answer of a Kronos server: ${text.slice(0, 80)}`], text, { cause })
  }
  if (answer[SUCCESS_FIELD] === true) return answer
  // Of a store that failed the errors stand beside its count.
  const stores = Object.values(answer).flatMap((value) => Object.values(value ?? {}))
  const failed = stores.flatMap((store) => (store as Partial<Answer>)?.[ERRORS_FIELD] ?? [])
  throw new KronosResponseError([...(answer[ERRORS_FIELD] ?? []), ...failed], answer)
}

function resolveRange(
  start: TimeInput | undefined,
  end: TimeInput | undefined,
  { startId, endId }: RangeOptions,
) {
  check(startId === undefined || isEventId(startId), 'startId', 'an @id', startId)
  check(endId === undefined || isEventId(endId), 'endId', 'an @id', endId)
  return {
    start: startId ? idTime(startId) : toKronosTime(start as TimeInput, 'start'),
    end: endId ? idTime(endId) : toKronosTime(end as TimeInput, 'end'),
    startId: startId?.toLowerCase(),
    endId: endId?.toLowerCase(),
  }
}

function checkObject(field: string, value: unknown): object {
  check(
    typeof value === 'object' && value !== null && !Array.isArray(value),
    field,
    'an object of streams',
    value,
  )
  return value as object
}
