import { memoryStore } from '../../src/memory.ts'
import { createHandler, type Store } from '../../src/server.ts'
import type { Dice } from './random.ts'
import type { SimulatedClock } from './simulated-clock.ts'

/** What can go wrong with one request. */
export const FAULTS = [
  'refused',
  'reset before it is stored',
  'reset after it is stored',
  'answer lost',
  'stalled',
  'truncated answer',
  'answer cut off',
  'not an answer',
  'some stores fail',
  '500',
  '503 after it is stored',
  '408',
  '425',
  '429 in seconds',
  '429 by date',
  '401',
  '403',
  '413',
  'clock jump',
] as const
export type Fault = (typeof FAULTS)[number]

/** Our server in this process, behind a network that fails as told. */
export class FaultyServer {
  readonly store = memoryStore()
  readonly #clock: SimulatedClock
  readonly #dice: Dice
  readonly #handle: (request: Request) => Promise<Response>
  #failing: ReadonlySet<string> = new Set()
  /** The faults to come, one a request. */
  next: () => Fault | undefined = () => undefined
  faults = 0
  requests = 0
  maxBodyBytes = Number.POSITIVE_INFINITY

  constructor(clock: SimulatedClock, dice: Dice) {
    this.#clock = clock
    this.#dice = dice
    const { insert } = this.store
    const store: Store = {
      ...this.store,
      insert: async (namespace, stream, events) => {
        if (this.#failing.has(stream)) throw new Error('the store is out of order')
        return insert(namespace, stream, events)
      },
    }
    this.#handle = createHandler({ store }).fetch
  }

  readonly fetch = async (request: Request): Promise<Response> => {
    this.requests++
    const fault = this.next()
    if (fault) this.faults++
    return this.#hang(request, this.#clock.track(this.#answer(request, fault)))
  }

  /** A request that is given up is not answered. */
  #hang(request: Request, answer: Promise<Response | undefined>): Promise<Response> {
    return new Promise((resolve, reject) => {
      request.signal.addEventListener('abort', () => reject(request.signal.reason))
      answer.then((response) => response && resolve(response), reject)
    })
  }

  async #answer(request: Request, fault: Fault | undefined): Promise<Response | undefined> {
    const text = await request.text()
    const send = () => this.#handle(new Request(request.url, { method: 'POST', body: text }))
    if (Buffer.byteLength(text) > this.maxBodyBytes) return refuse(413)
    switch (fault) {
      case 'refused':
      case 'reset before it is stored':
        throw new TypeError(fault)
      case 'reset after it is stored':
        await send()
        throw new TypeError(fault)
      case 'answer lost':
        await send()
        return undefined
      case 'stalled':
        return undefined
      case 'truncated answer': {
        const answer = await (await send()).text()
        return new Response(answer.slice(0, this.#dice.integer(0, answer.length - 1)))
      }
      case 'answer cut off': {
        const bytes = new Uint8Array(await (await send()).arrayBuffer())
        return new Response(cutOff(bytes.subarray(0, this.#dice.integer(0, bytes.length))))
      }
      case 'not an answer':
        return new Response('<!doctype html><title>Sign in to the network</title>')
      case 'some stores fail': {
        const streams = Object.keys(JSON.parse(text).events)
        this.#failing = new Set(streams.filter(() => this.#dice.chance(0.5)))
        const response = await send()
        this.#failing = new Set()
        return response
      }
      case '503 after it is stored':
        await send()
        return refuse(503)
      case '429 in seconds':
        return refuse(429, String(this.#dice.integer(0, 90)))
      case '429 by date':
        return refuse(429, new Date(this.#clock.now() + this.#dice.integer(-9, 90) * 1000).toUTCString())
      case 'clock jump':
        this.#clock.jump(this.#dice.integer(-1, 1) * this.#dice.integer(0, 40_000_000))
        return send()
      case '413': {
        // For a single event that would be the last word.
        const events = Object.values(JSON.parse(text).events).flat()
        return events.length > 1 ? refuse(413) : send()
      }
      case undefined:
        return send()
      default:
        return refuse(Number(fault))
    }
  }
}

function refuse(status: number, retryAfter?: string): Response {
  const headers = retryAfter === undefined ? {} : { 'Retry-After': retryAfter }
  return Response.json({ '@success': false, '@errors': ['not now'] }, { status, headers })
}

function cutOff(bytes: Uint8Array): ReadableStream {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.error(new TypeError('terminated'))
    },
  })
}
