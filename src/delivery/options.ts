import { check, checkNumber } from '../protocol/check.ts'
import type { RetryPolicy } from '../transport/http.ts'
import type { Beacon } from './beacon.ts'
import type { OnError } from './ledger.ts'
import type { DurableQueue } from './queue.ts'

/** How a non-blocking client batches, holds and delivers. */
export interface DeliveryOptions {
  /** The longest wait before a batch is sent, in milliseconds. @default 100 */
  flushInterval?: number
  /** A batch goes as soon as it has so many events. @default 1000 */
  maxBatchEvents?: number
  /** A batch goes as soon as its request has so many bytes. @default 1 MiB */
  maxBatchBytes?: number
  /** What the texts of all events that wait may take, in bytes. @default 64 MiB */
  maxQueueBytes?: number
  /** Past that: the oldest events not yet sent are dropped, or `put` throws. @default 'drop' */
  overflow?: 'drop' | 'throw'
  /** Keeps events until they are acknowledged, over a crash too. @default memory */
  queue?: DurableQueue
  /** How long a Node process that ends by itself is held to deliver, in milliseconds. @default 10000 */
  exitTimeout?: number
  /** Sends when the page goes away. @default the browser's `sendBeacon`, if the client has a URL */
  beacon?: Beacon
  /** Told of every event that is refused or dropped. @default warns once on the console */
  onError?: OnError
}

/** How to wait for delivery. */
export interface FlushOptions {
  /** Milliseconds. @default none */
  timeout?: number | undefined
  /** Ends the wait; it rejects with the signal's own reason. */
  signal?: AbortSignal | undefined
}

/** What was not delivered. */
export interface DeliveryReport {
  /** Events put before the call that still wait: the time was over first. */
  queued: number
  /** Events that were given up during the call. `onError` was told which. */
  dropped: number
}

/** The same with every default filled in. */
export interface DeliverySettings {
  readonly flushInterval: number
  readonly maxBatchEvents: number
  readonly maxBatchBytes: number
  readonly maxQueueBytes: number
  readonly overflow: 'drop' | 'throw'
  readonly queue: DurableQueue | undefined
  readonly exitTimeout: number
  readonly beacon: Beacon | undefined
  readonly onError: OnError | undefined
  readonly retry: RetryPolicy
}

const NUMBERS = {
  flushInterval: 100,
  maxBatchEvents: 1000,
  maxBatchBytes: 1_048_576,
  maxQueueBytes: 67_108_864,
  exitTimeout: 10_000,
}

const FUNCTIONS = ['onError', 'beacon'] as const

/** The names of the options: listed when asked for, so that a bundle without a client sheds them. */
export const deliveryKeys = () => [...Object.keys(NUMBERS), ...FUNCTIONS, 'overflow', 'queue']

/** @throws {KronosValidationError} naming the option that is wrong */
export function resolveDelivery(options: DeliveryOptions, retry: RetryPolicy): DeliverySettings {
  const { overflow = 'drop', queue, onError, beacon } = options
  const numbers = { ...NUMBERS }
  for (const name of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) {
    numbers[name] = checkNumber(name, options[name] ?? NUMBERS[name], name.startsWith('max') ? 1 : 0)
  }
  for (const name of FUNCTIONS) {
    const given = options[name]
    check(given === undefined || typeof given === 'function', name, 'a function', given)
  }
  check(overflow === 'drop' || overflow === 'throw', 'overflow', "'drop' or 'throw'", overflow)
  check(queue === undefined || typeof queue?.add === 'function', 'queue', 'a durable queue', queue)
  return { ...numbers, overflow, queue, onError, beacon, retry }
}
