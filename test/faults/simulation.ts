import { v4 } from 'uuid'
import { putPath } from '../../src/client/background.ts'
import { writeEvent } from '../../src/client/event-text.ts'
import { Delivery } from '../../src/delivery/delivery.ts'
import type { UndeliveredEvent } from '../../src/delivery/ledger.ts'
import { rawEvent } from '../../src/index.ts'
import { createHTTP } from '../../src/transport/http.ts'
import { FAULTS, FaultyServer } from './faulty-server.ts'
import { KeptQueue } from './kept-queue.ts'
import { Dice } from './random.ts'
import { SimulatedClock } from './simulated-clock.ts'

/** What came of a run. */
export interface Outcome {
  faults: number
  requests: number
  crashes: number
  /** Each accepted event's number and how often it is stored; those that must not be are left out. */
  wrong: string[]
}

const NAMESPACES = ['kronos', 'other']
const STREAMS = ['a', 'b.c', 'site.clicks', 'x-y_z']
/** One level more than a server takes. */
const POISON = `${'['.repeat(500)}${']'.repeat(500)}`

/**
 * Puts events through one failing server, by one client after the other if they crash, and compares what is
 * stored with what was put. Everything follows from the seed.
 */
export async function simulate(seed: number, minFaults: number): Promise<Outcome> {
  const dice = new Dice(seed)
  const clock = new SimulatedClock(dice.random)
  const server = new FaultyServer(clock, dice)
  const queue = dice.chance(0.5) ? new KeptQueue() : undefined
  if (dice.chance(0.3)) server.maxBodyBytes = dice.integer(3000, 60_000)
  const faultiness = dice.pick([0.4, 0.7, 0.9])
  const accepted = new Map<number, 'good' | 'poison'>()
  const reported: UndeliveredEvent[] = []
  const closing: Promise<unknown>[] = []

  function start() {
    let alive = true
    const handle = queue?.handle(() => alive)
    const http = createHTTP({
      url: 'http://kronos.local',
      // After a crash nobody sends a request, or hears of its end.
      transport: async (request) => {
        const response = alive && (await server.fetch(request))
        return response && alive ? response : forever()
      },
      headers: {},
      token: undefined,
      tracer: undefined,
      retry: { limit: 0, minDelay: 0, maxDelay: 0 },
    })
    const delivery = new Delivery({
      flushInterval: dice.pick([0, 100, 2000]),
      maxBatchEvents: dice.pick([5, 50, 1000]),
      maxBatchBytes: dice.pick([300, 5000, 2 ** 20]),
      maxQueueBytes: 2 ** 26,
      overflow: 'drop',
      queue: handle,
      retry: { limit: Number.POSITIVE_INFINITY, minDelay: 500, maxDelay: 30_000 },
      timeout: 30_000,
      exitTimeout: 0,
      onError: (_, events) => void reported.push(...events),
      beacon: () => false,
      keepAlive: () => false,
      clock,
      makeKey: () => v4({ random: dice.bytes(16) }),
      open: (key, body, signal) => http.open({ path: putPath(key), body, signal, timeout: 30_000 }),
    })
    return {
      delivery,
      /** What is put but not stored yet is the process's to lose: here it is stored first. */
      crash: async () => {
        await handle?.settle()
        alive = false
        // Frees the memory, as the end of a process does. The dead can't change anything any more.
        closing.push(delivery.close(0))
      },
    }
  }

  let client = start()
  server.next = () => (dice.chance(faultiness) ? dice.pick(FAULTS) : undefined)
  while (server.faults < minFaults) {
    const namespace = dice.pick(NAMESPACES)
    const events = Array.from({ length: dice.pick([1, 1, 5, 30]) }, (): [string, string] => {
      const n = accepted.size
      const poison = dice.chance(0.001)
      accepted.set(n, poison ? 'poison' : 'good')
      const event = poison
        ? rawEvent(`{"n":${n},"poison":${POISON}}`)
        : { n, text: 'é'.repeat(dice.integer(0, dice.pick([5, 80]))) }
      return [dice.pick(STREAMS), writeEvent(event, 'event', false)]
    })
    client.delivery.add(namespace, events)
    await clock.pass(dice.pick([0, 50, 20_000, 60_000]))
    if (queue && dice.chance(0.05)) {
      await client.crash()
      client = start()
    }
  }
  server.next = () => undefined
  await clock.runUntil(() => client.delivery.stats.queued === 0 && !queue?.size)
  const { stats } = client.delivery
  await clock.pass(1)
  await Promise.all([...closing, client.delivery.close(0)])

  const stored = new Map<number, number>()
  for (const namespace of NAMESPACES) {
    for (const stream of STREAMS) {
      const range = {
        after: '00000000-0000-1000-8000-000000000000',
        before: 'ffffffff-ffff-1fff-bfff-ffffffffffff',
      }
      for await (const chunk of server.store.retrieve({ namespace, stream, ...range, order: 'ascending' })) {
        for (const line of chunk.trim().split('\n')) {
          const { n } = JSON.parse(line)
          stored.set(n, (stored.get(n) ?? 0) + 1)
        }
      }
    }
  }
  const lost = new Set(reported.map(({ text }) => JSON.parse(text!).n))
  const wrong = [...accepted].flatMap(([n, kind]) => {
    const times = stored.get(n) ?? 0
    const right = kind === 'good' ? times === 1 && !lost.has(n) : times === 0 && lost.has(n)
    return right ? [] : [`${kind} event ${n}: stored ${times} times${lost.has(n) ? ', reported' : ''}`]
  })
  const { delivered, queued, queuedBytes, dropped, recovered } = stats
  const sum = delivered + queued + Object.values(dropped).reduce((a, b) => a + b)
  if (sum !== stats.accepted + recovered || queuedBytes !== 0)
    wrong.push(`the count: ${JSON.stringify(stats)}`)
  return { faults: server.faults, requests: server.requests, crashes: closing.length, wrong }
}

function forever(): Promise<never> {
  return new Promise(() => {})
}
