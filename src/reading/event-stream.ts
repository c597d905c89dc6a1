import { KronosValidationError } from '../protocol/errors.ts'
import { type Codec, lineCodec } from './codec.ts'

/** Reads events as arrays, in the form that the codec gives them. */
export type Read = <Item>(codec: Codec<Item>, signal: AbortSignal) => AsyncGenerator<Item[]>

/** Checks an event, and gives what comes in its place. */
export type Validate = (event: unknown) => Promise<unknown>

/**
 * The events of a `get` or a `tail`, in order, each exactly once: an async iterable that is read once. Nothing is
 * requested before the first pull; leaving the loop cancels the request and frees the connection; memory
 * stays flat however long the answer is.
 *
 * @example
 * for await (const event of client.get('site.clicks', start, end)) console.log(event['@time'], event.user)
 */
export class EventStream<Event> implements AsyncIterable<Event> {
  readonly #source: Read
  readonly #codec: Codec<Event>
  readonly #signal: AbortSignal | undefined
  readonly #validate: Validate | undefined
  readonly #cancelled = new AbortController()
  #taken = false

  /** @internal */
  constructor(source: Read, codec: Codec<Event>, signal?: AbortSignal, validate?: Validate) {
    this.#source = source
    this.#codec = codec
    this.#signal = signal
    this.#validate = validate
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Event> {
    return flatten(this.batches())
  }

  /** The events as arrays of whatever size comes in, for speed. */
  batches(): AsyncGenerator<Event[], void, void> {
    const batches = this.#read(this.#codec)
    return this.#validate ? validateBatches(batches, this.#validate) : batches
  }

  /** Each event's text exactly as stored, to the last digit. {@link rawEvent} puts it again. */
  lines(): AsyncIterableIterator<string> {
    return flatten(this.#read(lineCodec))
  }

  /** All events as one array. */
  async toArray(): Promise<Event[]> {
    const events: Event[] = []
    for await (const batch of this.batches()) for (const event of batch) events.push(event)
    return events
  }

  /** The events as a web stream, which reads only as fast as it is read. */
  toReadableStream(): ReadableStream<Event> {
    const events = this[Symbol.asyncIterator]()
    return new ReadableStream<Event>(
      {
        async pull(controller) {
          const { done, value } = await events.next()
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: async () => this.cancel(),
      },
      { highWaterMark: 0 },
    )
  }

  /** Ends the stream for whoever is reading it, and frees the connection. */
  cancel(): void {
    this.#cancelled.abort()
  }

  #read<Item>(codec: Codec<Item>): AsyncGenerator<Item[], void, void> {
    if (this.#taken)
      throw new KronosValidationError('stream', 'an EventStream that is read once', 'a second reader')
    this.#taken = true
    return this.#batches(codec)
  }

  async *#batches<Item>(codec: Codec<Item>): AsyncGenerator<Item[], void, void> {
    const cancelled = this.#cancelled.signal
    this.#signal?.throwIfAborted()
    try {
      if (!cancelled.aborted) {
        yield* this.#source(codec, this.#signal ? AbortSignal.any([this.#signal, cancelled]) : cancelled)
      }
    } catch (error) {
      if (!cancelled.aborted) throw error
    }
  }
}

async function* validateBatches<Event>(
  batches: AsyncGenerator<Event[], void, void>,
  validate: Validate,
): AsyncGenerator<Event[], void, void> {
  for await (const batch of batches) yield (await Promise.all(batch.map(validate))) as Event[]
}

/**
 * Gives out batches item by item. An async generator would do the same in a line, but costs three turns of the
 * microtask queue for each item where this costs one.
 */
function flatten<Item>(batches: AsyncGenerator<Item[], void, void>): AsyncIterableIterator<Item> {
  let batch: Item[] = []
  let index = 0
  let pulling: Promise<unknown> = Promise.resolve()
  async function pull(): Promise<IteratorResult<Item>> {
    while (index >= batch.length) {
      const { done, value } = await batches.next()
      if (done) return { done, value: undefined }
      batch = value
      index = 0
    }
    return { done: false, value: batch[index++]! }
  }
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next() {
      if (index < batch.length) return Promise.resolve({ done: false, value: batch[index++]! })
      // Calls that don't wait for each other still take their turns.
      const next = pulling.then(pull)
      pulling = next.catch(() => {})
      return next
    },
    async return() {
      batch = []
      index = 0
      await batches.return()
      return { done: true, value: undefined }
    },
  }
}
