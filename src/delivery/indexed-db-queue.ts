import { createStore, promisifyRequest } from 'idb-keyval'
import { checkName } from '../protocol/check.ts'
import type { QueuedEvent } from './batch.ts'
import type { DurableQueue, StoredBatch } from './queue.ts'
import { splitRuns } from './runs.ts'

/** Where an event is in the database: its batch's key, and its place in it. */
type Place = [key: string, position: number]
type Kept = Omit<QueuedEvent, 'position'> & { readonly namespace: string }

/**
 * A queue in the browser's IndexedDB: what was put survives the page, and is delivered by the next one that has
 * the queue. All tabs of an origin may share it; where there are Web Locks, one of them sends at a time, and
 * without them too the server stores each event once.
 *
 * Where storage is full or forbidden events wait in memory only, and `onError` is told.
 *
 * @param options `name`: of the database, for each server one. @default 'kronos'
 * @example new KronosClient(url, { blocking: false, queue: indexedDBQueue() })
 */
export function indexedDBQueue({ name = 'kronos' }: { name?: string } = {}): DurableQueue {
  checkName('name', name)
  const open = createStore(name, 'events')
  /** Resolves when all that was begun has ended. It never rejects. */
  let writing: Promise<unknown> = Promise.resolve()
  let failure: unknown
  let added: [Place, Kept][] = []
  const recovered = new Set<string>()

  async function inStore<T>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => Promise<T>,
  ): Promise<T> {
    return open(mode, work)
  }

  function write(work: (store: IDBObjectStore) => void): void {
    const done = inStore('readwrite', (store) => {
      work(store)
      // Without a commit of its own it would wait for this page, which may be on its way out.
      store.transaction.commit()
      return promisifyRequest(store.transaction)
    })
    const noted = done.catch((error) => {
      failure = error
    })
    writing = Promise.all([writing, noted])
  }

  /** All that was added in one turn of the loop goes in one transaction. */
  function writeAdded(): void {
    const events = added
    added = []
    if (events.length === 0) return
    write((store) => {
      for (const [place, kept] of events) store.put(kept, place)
    })
  }

  function placesOf(key: string, position = Number.MAX_VALUE): IDBKeyRange {
    return IDBKeyRange.bound([key, 0], [key, position])
  }

  return {
    add({ key, namespace }, { position, ...event }) {
      if (added.push([[key, position], { namespace, ...event }]) === 1) queueMicrotask(writeAdded)
    },

    async settle() {
      writeAdded()
      await writing
      const error = failure
      failure = undefined
      if (error) throw error
    },

    remove(key, position) {
      recovered.delete(key)
      writeAdded()
      // What stays by mistake is sent once more, and stored once all the same.
      write((store) => store.delete(placesOf(key, position)))
    },

    async recover(maxBytes, isKnown) {
      await writing
      const places = (await inStore('readonly', (store) => promisifyRequest(store.getAllKeys()))) as Place[]
      const batches: StoredBatch[] = []
      let bytes = 0
      for (const key of new Set(places.map(([key]) => key))) {
        if (isKnown(key)) continue
        if (bytes > maxBytes) break
        const kept: [IDBValidKey[], Kept[]] = await inStore('readonly', (store) =>
          Promise.all([
            promisifyRequest(store.getAllKeys(placesOf(key))),
            promisifyRequest(store.getAll(placesOf(key))),
          ]),
        )
        const events = kept[1].map((event, i) => ({ ...event, position: (kept[0][i] as Place)[1] }))
        // Somebody else may have delivered it meanwhile.
        if (events.length === 0) continue
        recovered.add(key)
        const { namespace } = kept[1][0]!
        for (const run of splitRuns(events)) batches.push({ key, namespace, events: run })
        bytes += events.reduce((sum, event) => sum + event.bytes, 0)
      }
      return batches
    },

    async exclusively(key, send) {
      let hasLock = false
      const sendIfThere = async () => {
        hasLock = true
        // What other clients left may have been taken by several; the first has delivered it.
        const isGone =
          recovered.has(key) &&
          (await inStore('readonly', (store) => promisifyRequest(store.count(placesOf(key)))).catch(
            () => 1,
          )) === 0
        return isGone ? undefined : send()
      }
      try {
        return await navigator.locks.request(`kronos-js:${name}`, sendIfThere)
      } catch (error) {
        if (hasLock) throw error
        // There are no locks, or not for this page. That nothing is stored twice rests on the ids.
        return sendIfThere()
      }
    },

    async close() {
      await writing
      await inStore('readonly', async (store) => store.transaction.db.close()).catch(() => {})
    },
  }
}
