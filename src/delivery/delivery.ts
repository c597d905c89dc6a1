import { utf8Length } from '../protocol/bytes.ts'
import { type Clock, within } from '../protocol/clock.ts'
import { type DropReason, isKronosError, KronosDeliveryError } from '../protocol/errors.ts'
import { Backlog } from './backlog.ts'
import { Batch, type QueuedEvent } from './batch.ts'
import type { Beacon } from './beacon.ts'
import { Carrier, type CarrierPlan } from './carrier.ts'
import { holdExit, type Pending } from './exit.ts'
import { Farewell } from './farewell.ts'
import { type DeliveryStats, Ledger } from './ledger.ts'
import type { DeliveryReport, DeliverySettings, FlushOptions } from './options.ts'
import { watchPage } from './page-lifecycle.ts'
import type { DurableQueue } from './queue.ts'

/** What a delivery needs to run. */
export interface DeliveryPlan extends DeliverySettings {
  readonly open: CarrierPlan['open']
  readonly timeout: number
  readonly clock: Clock
  readonly makeKey: () => string
  /** The same request by a beacon, and by a `fetch` that outlives the page; both as a batch's key and a body. */
  readonly beacon: Beacon
  readonly keepAlive: Beacon
}

const RECOVERY_INTERVAL_MS = 30_000
const NO_LIMIT_MS = 2 ** 31 - 1

/**
 * Delivers events in the background. Each is `add`ed to a batch that fixes its identity, waits in the backlog,
 * is carried to the server, and leaves only when it is acknowledged or given up, counted and told of.
 */
export class Delivery implements Pending {
  readonly #plan: DeliveryPlan
  readonly #ledger: Ledger
  readonly #backlog: Backlog
  readonly #carrier: Carrier
  readonly #unwatch: (() => void)[]
  #stopTimer: (() => void) | undefined
  #stopRecovery: (() => void) | undefined
  #recovery: Promise<void> | undefined
  #abort = new AbortController()
  #running = false
  #paused = false
  readonly #closed = new AbortController()

  constructor(plan: DeliveryPlan) {
    this.#plan = plan
    this.#ledger = new Ledger(plan.onError)
    this.#backlog = new Backlog(plan, plan.makeKey)
    const settle: CarrierPlan['settle'] = (...args) => this.#settle(...args)
    this.#carrier = new Carrier({ ...plan, settle, ledger: this.#ledger })
    const farewell = new Farewell(plan, this.#backlog, this.#ledger)
    this.#unwatch = [
      holdExit(this),
      watchPage({
        leave: (final) => {
          farewell.leave(final)
          // A page that is kept for later must not keep others from a queue that they share.
          if (final && plan.queue?.exclusively) this.#pause()
        },
        comeBack: () => {
          farewell.comeBack()
          this.#carrier.wake()
          this.#paused = false
          this.#run()
        },
        online: () => this.#carrier.wake(),
      }),
    ]
    if (plan.queue) this.#recovery = this.#recover(plan.queue)
  }

  get stats(): DeliveryStats {
    const { stats } = this.#ledger
    return { ...stats, dropped: { ...stats.dropped } }
  }

  get pending(): boolean {
    return this.#ledger.stats.queued > 0 && !this.#paused
  }

  /**
   * Takes events of one namespace, each a stream and a text.
   *
   * @throws {KronosDeliveryError} with `overflow: 'throw'`, if they don't all fit; then none is taken
   */
  add(namespace: string, events: readonly (readonly [stream: string, text: string])[]): void {
    const { maxQueueBytes, overflow, queue } = this.#plan
    const { stats } = this.#ledger
    if (overflow === 'throw') {
      const total = events.reduce((sum, [, text]) => sum + utf8Length(text), stats.queuedBytes)
      if (total > maxQueueBytes) throw new KronosDeliveryError('overflow', events.length)
    }
    for (const [stream, text] of events) {
      const bytes = utf8Length(text)
      stats.accepted++
      if (!this.#makeRoom(bytes)) {
        this.#ledger.drop('overflow', [{ namespace, stream, text }])
        continue
      }
      const batch = this.#backlog.add(namespace, stream, text, bytes)
      stats.queued++
      stats.queuedBytes += bytes
      queue?.add(batch, batch.events.at(-1)!)
      this.#paused = false
      if (batch.sealed) this.#run()
      else this.#stopTimer ??= this.#plan.clock.after(this.#plan.flushInterval, () => this.#release())
    }
  }

  /** Counts an event that is not even queued. */
  refuse(reason: DropReason, namespace: string, stream: string, cause?: unknown): void {
    this.#ledger.stats.accepted++
    if (reason === 'filtered') this.#ledger.stats.dropped.filtered++
    else this.#ledger.drop(reason, [{ namespace, stream }], cause)
  }

  /** Resolves when all that was put before is delivered or given up, or the time is over. */
  async flush({
    timeout = NO_LIMIT_MS,
    signal = new AbortController().signal,
  }: FlushOptions = {}): Promise<DeliveryReport> {
    const lost = this.#ledger.lost
    let { batches } = this.#backlog
    this.#release()
    this.#carrier.wake()
    const settled = async () => {
      if (this.#recovery) {
        await this.#recovery
        batches = this.#backlog.batches
      }
      await Promise.all(batches.map((batch) => batch.done))
    }
    try {
      await within(timeout, settled(), signal, this.#plan.clock)
    } catch (error) {
      if (!isKronosError(error)) throw error
    }
    const queued = batches.reduce((sum, batch) => sum + batch.events.length, 0)
    return { queued, dropped: this.#ledger.lost - lost }
  }

  /** Flushes, then frees everything. What a durable queue has stays in it. */
  async close(timeout: number): Promise<DeliveryReport> {
    const lost = this.#ledger.lost
    await this.flush({ timeout })
    this.#closed.abort()
    await this.#stop()
    for (const unwatch of this.#unwatch) unwatch()
    await this.#plan.queue?.close()
    return { queued: this.#ledger.stats.queued, dropped: this.#ledger.lost - lost }
  }

  /** The process has nothing else to do, but perhaps to wait for `close`, which then is the one to end this. */
  async finish(): Promise<void> {
    await this.flush({ timeout: this.#plan.exitTimeout, signal: this.#closed.signal })
    await this.#stop()
  }

  /** Breaks off what is on its way, and sends no more until something is put again. */
  #pause(): void {
    this.#paused = true
    this.#abort.abort()
    this.#abort = new AbortController()
    this.#carrier.wake(true)
  }

  async #stop(): Promise<void> {
    const { queue } = this.#plan
    this.#pause()
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#stopRecovery?.()
    if (queue) await queue.settle().catch(() => {})
    else for (const batch of this.#backlog.batches) this.#settle(batch, batch.events, 'closed')
  }

  #release(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#backlog.release()
    this.#run()
  }

  /** One at a time, until nothing is left that may go. */
  async #run(): Promise<void> {
    if (this.#running) return
    this.#running = true
    while (!this.#paused) {
      const batch = this.#backlog.next()
      if (!batch) break
      // It rejects only when it is stopped, and whoever stops it sees to the rest.
      await this.#carrier.carry(batch, this.#abort.signal).catch(() => {})
    }
    this.#running = false
  }

  /** Takes in what earlier clients have left, as much as has room, again and again until nothing is. */
  async #recover(queue: DurableQueue): Promise<void> {
    const { stats } = this.#ledger
    const again = () => {
      if (!this.#closed.signal.aborted) this.#recovery = this.#recover(queue)
    }
    try {
      const room = this.#plan.maxQueueBytes - stats.queuedBytes
      const stored = await queue.recover(room, (key) => this.#backlog.has(key))
      const batches = stored.map(({ key, namespace, events }) => new Batch(key, namespace, events))
      for (const { bytes } of batches.flatMap(({ events }) => events)) {
        stats.recovered++
        stats.queued++
        stats.queuedBytes += bytes
      }
      this.#backlog.restore(batches)
      this.#run()
      if (batches.length > 0) Promise.all(batches.map(({ done }) => done)).then(again)
      // Other clients of the queue may end at any time.
      else if (queue.exclusively) this.#stopRecovery = this.#plan.clock.after(RECOVERY_INTERVAL_MS, again)
    } catch (error) {
      this.#ledger.reportQueue(error)
    }
  }

  #settle(batch: Batch, events: readonly QueuedEvent[], reason?: DropReason, cause?: unknown): void {
    if (events.length === 0) return
    const { namespace } = batch
    const { stats } = this.#ledger
    stats.queued -= events.length
    for (const { bytes } of events) stats.queuedBytes -= bytes
    if (reason) {
      const lost = events.map(({ stream, text }) => ({ namespace, stream, text }))
      this.#ledger.drop(reason, lost, cause)
    } else stats.delivered += events.length
    batch.settle(events)
    if (batch.events.length > 0) return
    this.#backlog.remove(batch)
    this.#plan.queue?.remove(batch.key, batch.end)
  }

  /** Drops what is oldest, until so many bytes have room. */
  #makeRoom(bytes: number): boolean {
    const { stats } = this.#ledger
    const { maxQueueBytes, queue } = this.#plan
    while (stats.queuedBytes + bytes > maxQueueBytes) {
      const oldest = bytes <= maxQueueBytes && this.#backlog.dropOldest()
      if (!oldest) return false
      const [{ key, namespace }, { position, stream, text, bytes: freed }] = oldest
      stats.queued--
      stats.queuedBytes -= freed
      queue?.remove(key, position)
      this.#ledger.drop('overflow', [{ namespace, stream, text }])
    }
    return true
  }
}
