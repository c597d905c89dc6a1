import { boundBelow } from '../protocol/event-id.ts'
import { kronosTimeNow, LOWEST_TIME } from '../protocol/time.ts'
import type { RangeQuery, Store } from '../store/store.ts'

const TICKS_PER_MS = 10_000n
/** How many events a step deletes: so many keep nobody waiting. */
const STEP = 1000
/** What a step leaves to everybody else before the next. */
const PAUSE_MS = 20
const LONGEST_WAIT_MS = 60_000

/** Deletes what is older than `maxAgeMs`, all the time and little by little; returns what ends it. */
export function retain(store: Store, maxAgeMs: number): () => Promise<void> {
  let stopped = false
  let wake = () => {}
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        for await (const _ of deleteOld(store, maxAgeMs)) {
          if (stopped) return
          await sleep(PAUSE_MS)
        }
      } catch {
        // A store that is down answers every call so; the next round may find it up.
      }
      if (!stopped) await sleep(Math.min(LONGEST_WAIT_MS, maxAgeMs / 10 + PAUSE_MS))
    }
  }

  const running = run()
  return () => {
    stopped = true
    wake()
    return running
  }
}

/** Deletes what is older, and yields after each step. */
async function* deleteOld(store: Store, maxAgeMs: number): AsyncGenerator<void> {
  const before = boundBelow(oldestKept(maxAgeMs))
  for await (const namespace of store.namespaces()) {
    for await (const stream of store.streams(namespace)) {
      const query: RangeQuery = {
        namespace,
        stream,
        after: boundBelow(LOWEST_TIME),
        before,
        order: 'ascending',
      }
      for (let end: string | undefined; end !== before; ) {
        end = (await findId(store, query, STEP)) ?? before
        if ((await store.delete({ ...query, before: end })) > 0) yield
      }
    }
  }
}

function oldestKept(maxAgeMs: number): bigint {
  const time = kronosTimeNow() - BigInt(Math.ceil(maxAgeMs)) * TICKS_PER_MS
  return time > LOWEST_TIME ? time : LOWEST_TIME
}

/** The id of the event behind the first `skipped` of a range; `undefined` if there are no more. */
async function findId(store: Store, query: RangeQuery, skipped: number): Promise<string | undefined> {
  let left = skipped
  for await (const chunk of store.retrieve({ ...query, limit: skipped + 1 })) {
    const lines = chunk.split('\r\n')
    if (lines.length - 1 > left) return JSON.parse(lines[left]!)['@id']
    left -= lines.length - 1
  }
  return undefined
}
