import { validate as isUUID, v4 } from 'uuid'
import type { Delivery } from '../delivery/delivery.ts'
import { type DeliveryStats, Ledger } from '../delivery/ledger.ts'
import type { DeliveryReport, FlushOptions } from '../delivery/options.ts'
import type { Log } from '../instrument/log.ts'
import { measure } from '../instrument/log.ts'
import { type AnyFunction, type LogFunctionOptions, wrapFunction } from '../instrument/log-function.ts'
import { type Answer, readAnswer } from '../protocol/answer.ts'
import { check, checkKeys, checkName } from '../protocol/check.ts'
import { KronosResponseError } from '../protocol/errors.ts'
import { END_FIELD, PATHS } from '../protocol/fields.ts'
import { stringify } from '../protocol/json.ts'
import { HIGHEST_TIME, type TimeInput } from '../protocol/time.ts'
import { type Codec, eventCodec, type Times } from '../reading/codec.ts'
import { EventStream, type Read } from '../reading/event-stream.ts'
import { readBatches } from '../reading/read.ts'
import { tailBatches } from '../reading/tail.ts'
import { createHTTP, type HTTP } from '../transport/http.ts'
import { systemClock } from '../transport/system-clock.ts'
import { traceReading } from '../transport/trace.ts'
import type { Transport } from '../transport/transport.ts'
import { putPath, startDelivery } from './background.ts'
import { type Bucket, type HistogramOptions, prepareHistogram } from './histogram.ts'
import {
  type CallOptions,
  type ClientOptions,
  checkTimes,
  type GetOptions,
  type PutOptions,
  type RangeOptions,
  type ResolvedOptions,
  resolveCall,
  resolveOptions,
  resolveWait,
} from './options.ts'
import { enqueue, writePut } from './put.ts'
import { listPuts } from './put-list.ts'
import { resolveRange } from './range.ts'
import { applySchemas, checkStored } from './schemas.ts'
import { resolveTail, TAIL_KEYS, type TailOptions } from './tail.ts'
import type {
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
 * @typeParam Blocking whether `put` waits for the answer; inferred from the option `blocking`
 * @typeParam Puts the events that `put` takes, where a schema's input is not its output
 * @example
 * const client = new KronosClient('http://localhost:8151', { namespace: 'kronos' })
 * await client.put('site.clicks', { user: 40, clicks: 7 })
 */
export class KronosClient<
  Streams extends object = AnyStreams,
  T extends Times = 'bigint',
  Blocking extends boolean = true,
  Puts extends object = Streams,
> {
  readonly #options: ResolvedOptions
  readonly #http: HTTP
  readonly #delivery: Delivery | undefined
  /** Of what fails where nobody waits, though puts are waited for. */
  readonly #ledger: Ledger
  #closed = false
  #report: Promise<DeliveryReport> | undefined

  /**
   * @param target the server's URL, or a {@link Transport} that takes the requests in its place
   * @throws {KronosValidationError} naming the option that is wrong or unknown
   */
  constructor(target: string | URL | Transport, options?: ClientOptions<T, Blocking, Streams, Puts>)
  constructor(options: ClientOptions<T, Blocking, Streams, Puts> & { url: string | URL | Transport })
  constructor(
    target: string | URL | Transport | (ClientOptions & { url: string | URL | Transport }),
    options: object = {},
  ) {
    const together = typeof target === 'object' && target !== null && !(target instanceof URL)
    const { url, ...rest } = together ? target : { url: target }
    this.#options = resolveOptions(url, together ? rest : options)
    this.#http = createHTTP(this.#options)
    const { delivery, onError } = this.#options
    this.#ledger = new Ledger(onError)
    if (delivery) this.#delivery = startDelivery(delivery, this.#options, this.#http)
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
  put<S extends Name<Puts>>(
    events: { readonly [K in S]?: readonly PutEvent<Puts[K]>[] },
    options?: PutOptions,
  ): Blocking extends false ? void : Promise<PutResponse<S>>
  put<S extends Name<Puts>>(
    stream: S,
    events: PutEvent<Puts[S]> | readonly PutEvent<Puts[S]>[],
    options?: PutOptions,
  ): Blocking extends false ? void : Promise<PutResponse<S>>
  put(first: unknown, second?: unknown, third?: PutOptions): unknown {
    const options = typeof first === 'string' ? third : (second as PutOptions | undefined)
    if (!this.#delivery) return this.#put(first, second, options)
    check(!options?.idempotencyKey, 'idempotencyKey', 'none, with blocking: false', options?.idempotencyKey)
    enqueue(
      this.#delivery,
      this.#call(options, ['idempotencyKey']).namespace,
      listPuts(first, second),
      this.#options,
    )
    return undefined
  }

  async #put(first: unknown, second: unknown, options?: PutOptions): Promise<PutResponse> {
    const call = this.#call(options, ['idempotencyKey'])
    const { idempotencyKey: key = v4() } = options ?? {}
    check(isUUID(key), 'idempotencyKey', 'a UUID', key)
    const { schemas, library } = this.#options
    const lists = listPuts(first, second)
    const body = writePut(call.namespace, schemas ? await applySchemas(schemas, lists) : lists, library)
    return this.#answer({ ...call, path: putPath(key), body })
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
    const call = this.#call(options, ['startId', 'endId', 'order', 'limit', 'times', 'validate'])
    const { order = 'ascending', limit } = options
    check(order === 'ascending' || order === 'descending', 'order', "'ascending' or 'descending'", order)
    check(limit === undefined || (Number.isInteger(limit) && limit >= 0), 'limit', 'an integer from 0', limit)
    const range = { ...resolveRange(start, end, options), stream: checkName('stream', stream), order, limit }
    const { url, tracer } = this.#options
    return this.#stream(stream, options, (codec, signal) =>
      traceReading(tracer, { url, path: PATHS.get }, (headers) => {
        const plan = {
          ...this.#reading({ ...call, headers }),
          range: { ...range, namespace: call.namespace },
        }
        return readBatches(plan, codec, signal)
      }),
    )
  }

  /**
   * The events of a stream as they arrive, for ever, from now on or from a time. It asks again and again; once the
   * server has answered, it outlasts any break. Events may arrive late and out of order: each poll reads again the
   * last `overlap` up to the newest event, and leaves out what it has yielded. What arrives later than that is not
   * seen. An event stamped in the future comes at once, and hides no other. Memory holds the ids of the overlap,
   * and of events in the future.
   *
   * @throws {KronosValidationError} at once; while reading, a refusal by the server, or its never being reached
   * @example for await (const event of client.tail('site.clicks', { signal })) console.log(event)
   */
  tail<S extends Name<Streams>, C extends Times = T>(
    stream: S,
    options?: TailOptions<C>,
  ): EventStream<KronosEvent<Streams[S], C>>
  tail(stream: string, options: TailOptions = {}): EventStream<unknown> {
    const call = this.#call(options, TAIL_KEYS)
    const plan = {
      ...this.#reading(call),
      ...resolveTail(options),
      namespace: call.namespace,
      stream: checkName('stream', stream),
    }
    return this.#stream(stream, options, (codec, signal) => tailBatches(plan, codec, signal))
  }

  #stream(stream: string, options: GetOptions, read: Read): EventStream<unknown> {
    const { times = this.#options.times, validate = false, signal } = options
    const schema = this.#options.schemas?.[stream]
    check(validate === false || (validate === true && !!schema), 'validate', 'true, with a schema', validate)
    const codec = eventCodec(checkTimes(times))
    return new EventStream(read, codec as Codec<unknown>, signal, validate ? checkStored(schema) : undefined)
  }

  /** What reads of every kind need. */
  #reading(call: ReturnType<typeof resolveCall> & { headers?: Record<string, string> | undefined }) {
    return {
      open: (body: string, signal: AbortSignal) =>
        this.#http.open({ ...call, path: PATHS.get, body, signal }),
      timeout: call.timeout,
      attempts: this.#options.retry.limit + 1,
      clock: systemClock,
    }
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
    return this.#names(PATHS.streams, this.#call(options))
  }

  /**
   * The names of the namespaces that hold an event, as far as the token may know. Requested at the first pull.
   *
   * @throws {KronosHTTPError} with status 404 from a server that doesn't list them, such as an original one
   */
  getNamespaces(options: CallOptions = {}): AsyncGenerator<string, void, void> {
    return this.#names(PATHS.namespaces, this.#call(options))
  }

  async *#names(
    path: string,
    call: ReturnType<typeof resolveCall>,
  ): AsyncGenerator<Name<Streams>, void, void> {
    const body = stringify({ namespace: call.namespace, end: true })
    const response = await this.#http.send({ ...call, path, body })
    for (const line of (await response.text()).split(/\r?\n/)) {
      // No name begins with a brace: this is the announced end, or an error.
      if (line.startsWith('{')) {
        if (!(END_FIELD in JSON.parse(line))) readAnswer(line)
        return
      }
      if (line) yield line as Name<Streams>
    }
  }

  /**
   * How many events a stream holds in a range of time, both ends inclusive: in the whole of it, or in each
   * bucket of `bucketWidth`, those without an event included. The server counts.
   *
   * @throws {KronosValidationError} before any request, also for more than 10,000 buckets
   * @throws {KronosHTTPError} with status 404 from a server that can't count, such as an original one
   * @example const [{ count }] = await client.histogram('site.clicks', start, end)
   */
  async histogram(
    stream: Name<Streams>,
    start: TimeInput,
    end: TimeInput,
    options: HistogramOptions = {},
  ): Promise<Bucket[]> {
    const call = this.#call(options, ['bucketWidth'])
    const { body, read } = prepareHistogram(call.namespace, stream, start, end, options)
    return read(await this.#answer({ ...call, path: PATHS.histogram, body }))
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

  /**
   * A function that does what the given one does, sync or async, and puts an event at each call: `duration` in
   * seconds, the `properties` made of its arguments, and `exception: { class, message, stack_trace }` if it throws.
   * The put is not waited for; what goes wrong in it, or in a property, goes to `onError`, never to the caller.
   *
   * @example const search = client.logFunction('app.search', find, { properties: { query: (text) => text } })
   */
  logFunction<F extends AnyFunction>(
    stream: Name<Puts>,
    fn: F,
    options: LogFunctionOptions<Parameters<F>> = {},
  ): F {
    check(typeof fn === 'function', 'fn', 'a function', fn)
    checkKeys(options, ['properties', 'namespace'])
    return wrapFunction(
      this.#log(stream, options.namespace),
      fn,
      options.properties as LogFunctionOptions['properties'],
    )
  }

  /**
   * Runs a block, sync or async, and puts an event of `properties`, of what the block adds to it, and of `duration`
   * and `exception` as {@link logFunction} does. Gives what the block gives, and throws what it throws.
   *
   * @example await client.logScope('app.import', { file }, async (event) => { event.rows = await load(file) })
   */
  logScope<Result>(
    stream: Name<Puts>,
    properties: Record<string, unknown>,
    body: (event: Record<string, unknown>) => Result,
    options: { namespace?: string } = {},
  ): Result {
    check(typeof body === 'function', 'body', 'a function', body)
    checkKeys(options, ['namespace'])
    const event = { ...properties }
    return measure(
      this.#log(stream, options.namespace),
      () => event,
      () => body(event),
    )
  }

  #log(stream: string, name: string | undefined): Log {
    const { namespace } = this.#call({ namespace: name })
    checkName('stream', stream)
    const report = (error: unknown) => void this.#ledger.report(error as Error, [{ namespace, stream }])
    const put = async (makeEvent: () => object) =>
      this.put(stream as Name<Puts>, makeEvent() as never, { namespace })
    return { put: (makeEvent) => void put(makeEvent).catch(report), report }
  }

  /**
   * Waits until all that was put without waiting is delivered or given up, and says what is not.
   *
   * @example addEventListener('fetch', (event) => event.waitUntil(client.flush()))
   */
  async flush(options?: FlushOptions): Promise<DeliveryReport> {
    resolveWait(options)
    return this.#delivery?.flush(options) ?? { queued: 0, dropped: 0 }
  }

  /** Where the events of non-blocking puts are, and how many were lost for which reason. */
  stats(): DeliveryStats {
    return (this.#delivery ?? this.#ledger).stats
  }

  /**
   * Delivers what waits, for `timeout` milliseconds at most (5 s by default), frees what the client holds, and
   * says what was not delivered. Calls after that are refused.
   */
  async close(options?: Pick<FlushOptions, 'timeout'>): Promise<DeliveryReport> {
    const { timeout = 5000 } = resolveWait(options, ['timeout'])
    this.#closed = true
    this.#report ??= this.#delivery?.close(timeout)
    return this.#report ?? { queued: 0, dropped: 0 }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #call(options: CallOptions | undefined, more?: string[]) {
    check(!this.#closed, 'client', 'an open client', 'a closed one')
    return resolveCall(options, this.#options, more)
  }

  async #answer<A extends Answer>(call: Parameters<HTTP['send']>[0]): Promise<A> {
    return readAnswer<A>(await (await this.#http.send(call)).text())
  }
}
