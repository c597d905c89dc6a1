import { expect, it } from 'vitest'
import { Delivery } from '../../src/delivery/delivery.ts'
import type { Clock } from '../../src/protocol/clock.ts'
import { seededRandom } from './random.ts'

const CLIENTS = 1000
const BEFORE_S = 20
const OUTAGE_S = 300
const AFTER_S = 90
const TICK_MS = 10

/** A clock that goes by ticks, with so many timers in each that a turn of the loop for every tick is enough. */
class TickingClock implements Clock {
  readonly random = seededRandom(1)
  #tick = 0
  readonly #timers = new Map<number, Set<() => void>>()

  now(): number {
    return this.#tick * TICK_MS
  }

  after(ms: number, callback: () => void): () => void {
    const tick = this.#tick + Math.max(1, Math.ceil(ms / TICK_MS))
    const timers = this.#timers.get(tick) ?? new Set()
    this.#timers.set(tick, timers.add(callback))
    return () => timers.delete(callback)
  }

  async runTo(ms: number): Promise<void> {
    while (this.now() < ms) {
      this.#tick++
      for (const callback of this.#timers.get(this.#tick) ?? []) callback()
      this.#timers.delete(this.#tick)
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

const TEXT = '{"@time":0,"n":1}'
const STORED = '{"@success":true}'

it('1,000 clients come back from an outage without a rush', { timeout: 300_000 }, async () => {
  const clock = new TickingClock()
  const requests: number[] = []
  let isDown = false
  const open = async () => {
    const second = Math.floor(clock.now() / 1000)
    requests[second] = (requests[second] ?? 0) + 1
    if (isDown) throw new TypeError('connection refused')
    // All that is read of an answer.
    return { text: async () => STORED } as Response
  }
  let keys = 0
  const clients = Array.from({ length: CLIENTS }, (_, i) => {
    const client = new Delivery({
      flushInterval: 100,
      maxBatchEvents: 1000,
      maxBatchBytes: 2 ** 20,
      maxQueueBytes: 2 ** 26,
      overflow: 'drop',
      queue: undefined,
      retry: { limit: Number.POSITIVE_INFINITY, minDelay: 500, maxDelay: 30_000 },
      timeout: 30_000,
      exitTimeout: 0,
      onError: undefined,
      beacon: () => false,
      keepAlive: () => false,
      makeKey: () => `${keys++}`,
      clock,
      open,
    })
    const events = Array.from({ length: 10 }, () => ['s', TEXT] as const)
    const put = () => {
      client.add('kronos', events)
      clock.after(1000, put)
    }
    clock.after(i, put)
    return client
  })

  await clock.runTo(BEFORE_S * 1000)
  isDown = true
  await clock.runTo((BEFORE_S + OUTAGE_S) * 1000)
  isDown = false
  await clock.runTo((BEFORE_S + OUTAGE_S + AFTER_S) * 1000)

  const before = requests.slice(5, BEFORE_S)
  const mean = before.reduce((sum, count) => sum + count) / before.length
  const peak = Math.max(...requests.slice(BEFORE_S + OUTAGE_S, -1))
  expect(mean).toBeGreaterThan(CLIENTS * 0.9)
  expect(peak / mean).toBeLessThan(2)
  // All are back, and nothing has been lost.
  const waiting = clients.map((client) => client.stats.queued)
  expect(Math.max(...waiting)).toBeLessThanOrEqual(10)
  const { accepted, delivered, queued } = clients[0]!.stats
  expect(delivered + queued).toBe(accepted)
  expect(accepted).toBeGreaterThan(4000)
})
