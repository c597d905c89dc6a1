import { v5 } from 'uuid'
import type { KronosClient } from '../client/client.ts'
import type { AnyStreams } from '../client/types.ts'
import { check, checkKeys, checkName } from '../protocol/check.ts'
import { parse, stringify } from '../protocol/json.ts'
import { type KronosTime, kronosTimeNow, type TimeInput, toDate, toKronosTime } from '../protocol/time.ts'

/** What is cached: the events of a time from `start` on, up to but without `end`. */
export type Query = (start: Date, end: Date) => Iterable<object> | AsyncIterable<object>

/** Options of a {@link QueryCache}. */
export interface QueryCacheOptions {
  /** Names the query, as a stream's name: another key, or a changed query under a new one, shares nothing. */
  key: string
  /** Milliseconds that a bucket spans; buckets begin at the epoch. */
  bucketWidth: number
  /** Where results are kept. */
  scratchNamespace: string
}

/** Options of {@link QueryCache.retrieveInterval}. */
export interface RetrieveOptions {
  /** Whether buckets that are not cached are computed; they are not cached then either. @default false */
  computeMissing?: boolean
}

/** Options of {@link QueryCache.computeAndCacheMissingBuckets}. */
export interface ComputeOptions {
  /** Buckets that end after this are computed, but not cached: their events may still come. @default now */
  untrustedTime?: TimeInput
  /** Whether cached buckets are computed again. @default false */
  forceRecompute?: boolean
}

/** A bucket's results, as an event of the scratch namespace. */
interface Entry {
  '@time': KronosTime
  /** Texts, in which every digit is kept. */
  results: string[]
}

/** The name space of the keys that buckets are put under. */
const KEYS = '2f7b8a52-5a0e-4b62-8d3e-6a1f6c8f9d10'

/**
 * Keeps the results of an expensive query, bucket by bucket of time, in a scratch namespace of the server: what was
 * computed once is only read. Several caches of one key may work at the same time: a bucket is put whole, under a key
 * of its own, so that the first to come stays, and one of which two are there counts as missing.
 *
 * @example
 * const clicksAnHour = new QueryCache(client, countClicks, {
 *   key: 'clicks.hourly', bucketWidth: 3_600_000, scratchNamespace: 'cache',
 * })
 * for await (const row of clicksAnHour.computeAndCacheMissingBuckets(start, end)) console.log(row)
 */
export class QueryCache {
  readonly #client: KronosClient<AnyStreams>
  readonly #query: Query
  readonly #stream: string
  readonly #width: bigint
  readonly #namespace: string

  /**
   * @param client one that waits for its puts
   * @throws {KronosValidationError} naming the option that is wrong
   */
  constructor(client: KronosClient<AnyStreams>, query: Query, options: QueryCacheOptions) {
    checkKeys(options, ['key', 'bucketWidth', 'scratchNamespace'])
    const { key, bucketWidth, scratchNamespace } = options
    check(typeof client?.get === 'function', 'client', 'a KronosClient', client)
    check(typeof query === 'function', 'query', 'a function', query)
    check(
      Number.isSafeInteger(bucketWidth) && bucketWidth > 0,
      'options.bucketWidth',
      'whole milliseconds',
      bucketWidth,
    )
    this.#client = client
    this.#query = query
    this.#stream = `${checkName('options.key', key)}.${bucketWidth}`
    this.#width = BigInt(bucketWidth) * 10_000n
    this.#namespace = checkName('options.scratchNamespace', scratchNamespace)
  }

  /**
   * The results of every bucket that the time from `start` up to `end` touches, as far as they are cached.
   *
   * @throws {KronosValidationError} at the first pull
   */
  async *retrieveInterval(
    start: TimeInput,
    end: TimeInput,
    options: RetrieveOptions = {},
  ): AsyncGenerator<object, void, void> {
    checkKeys(options, ['computeMissing'])
    for await (const { bucket, entries } of this.#buckets(start, end)) {
      if (entries.length === 1) yield* readResults(entries[0]!.results)
      else if (options.computeMissing) yield* readResults(await this.#compute(bucket))
    }
  }

  /**
   * The same, with every bucket that is missing computed and, if it ends by `untrustedTime`, cached. A bucket is
   * cached before its results come; who stops in between has it all the same.
   *
   * @throws {KronosValidationError} at the first pull; whatever the query throws
   */
  async *computeAndCacheMissingBuckets(
    start: TimeInput,
    end: TimeInput,
    options: ComputeOptions = {},
  ): AsyncGenerator<object, void, void> {
    checkKeys(options, ['untrustedTime', 'forceRecompute'])
    const { untrustedTime = kronosTimeNow(), forceRecompute = false } = options
    const untrusted = toKronosTime(untrustedTime, 'options.untrustedTime')
    for await (const { bucket, entries } of this.#buckets(start, end)) {
      if (entries.length === 1 && !forceRecompute) {
        yield* readResults(entries[0]!.results)
        continue
      }
      const results = await this.#compute(bucket)
      if (bucket + this.#width <= untrusted) await this.#cache(bucket, results, entries.length > 0)
      yield* readResults(results)
    }
  }

  async *#buckets(
    start: TimeInput,
    end: TimeInput,
  ): AsyncGenerator<{ bucket: KronosTime; entries: Entry[] }> {
    const last = toKronosTime(end, 'end')
    let bucket = floor(toKronosTime(start, 'start'), this.#width)
    const options = { namespace: this.#namespace, times: 'bigint' } as const
    const cached = this.#client.get(this.#stream, bucket, last, options)[Symbol.asyncIterator]()
    try {
      let next = await cached.next()
      for (; bucket < last; bucket += this.#width) {
        const entries: Entry[] = []
        for (; !next.done && next.value['@time'] <= bucket; next = await cached.next()) {
          if (next.value['@time'] === bucket) entries.push(next.value as unknown as Entry)
        }
        yield { bucket, entries }
      }
    } finally {
      await cached.return?.()
    }
  }

  async #compute(bucket: KronosTime): Promise<string[]> {
    const results: string[] = []
    for await (const result of this.#query(toDate(bucket), toDate(bucket + this.#width))) {
      results.push(stringify(result))
    }
    return results
  }

  async #cache(bucket: KronosTime, results: string[], replaces: boolean): Promise<void> {
    const namespace = this.#namespace
    if (replaces) await this.#client.delete(this.#stream, bucket, bucket, { namespace })
    const idempotencyKey = v5(`${this.#stream}\n${bucket}`, KEYS)
    await this.#client.put(this.#stream, { '@time': bucket, results }, { namespace, idempotencyKey })
  }
}

/** Computed or cached, results come in the same form. */
function readResults(results: readonly string[]): object[] {
  return results.map((text) => parse(text))
}

function floor(time: KronosTime, width: bigint): KronosTime {
  const rest = time % width
  return time - (rest < 0n ? rest + width : rest)
}
