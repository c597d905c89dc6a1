import type * as FS from 'node:fs'
import type * as Zlib from 'node:zlib'
import { check } from '../protocol/check.ts'
import type { QueuedEvent } from './batch.ts'
import { Journal, type JournalRecord } from './file-journal.ts'
import { lockFile } from './file-lock.ts'
import type { DurableQueue, StoredBatch } from './queue.ts'
import { splitRuns } from './runs.ts'

/**
 * A queue in a file, for Node, Deno and Bun: what was put survives the end of the process, however it ends, and
 * is delivered by the next client that has the file. One client at a time: beside it is a lock, `PATH.lock`.
 *
 * An event is written to the file inside `put`, so `kill -9` and `process.exit()` lose nothing. The file is synced
 * to the disk before a batch is first sent: a power cut may lose what was put since, and not sent, which is as
 * long as `flushInterval`. A full disk loses nothing either: until there is room again events wait in memory only,
 * and `onError` is told.
 *
 * @throws {KronosValidationError} if another client has the file, or it is something else than a queue's
 * @example new KronosClient(url, { blocking: false, queue: fileQueue('./events.queue') })
 */
export function fileQueue(path: string): DurableQueue {
  check(typeof path === 'string' && path !== '', 'path', 'the path of a file', path)
  const fs = builtin<typeof FS>('node:fs')
  const { crc32 } = builtin<typeof Zlib>('node:zlib')
  const unlock = lockFile(fs, path)
  const left = new Map<string, { namespace: string; events: QueuedEvent[] }>()
  let journal: Journal
  try {
    journal = new Journal(fs, crc32, path, (record) => replay(left, record))
  } catch (error) {
    unlock()
    throw error
  }
  let failure: unknown
  let isDirty = false

  function append(record: JournalRecord): void {
    try {
      journal.append(record)
      isDirty = true
    } catch (error) {
      failure = error
    }
  }

  return {
    add: ({ key, namespace }, { position, stream, index, text }) =>
      append(['add', key, position, namespace, stream, index, text]),

    remove: (key, position) => append(['remove', key, position]),

    async settle() {
      const error = failure
      failure = undefined
      if (isDirty) {
        isDirty = false
        await journal.sync()
      }
      if (error) throw error
    },

    async recover(maxBytes) {
      const batches: StoredBatch[] = []
      let bytes = 0
      for (const [key, { namespace, events }] of left) {
        bytes += events.reduce((sum, event) => sum + event.bytes, 0)
        if (batches.length > 0 && bytes > maxBytes) break
        left.delete(key)
        for (const run of splitRuns(events)) batches.push({ key, namespace, events: run })
      }
      return batches
    },

    async close() {
      journal.close()
      unlock()
    },
  }
}

/** Loaded when it is used, so that a page's bundle may have this module. */
function builtin<Module>(name: string): Module {
  const module = globalThis.process?.getBuiltinModule?.(name)
  check(module !== undefined, 'fileQueue', 'a runtime that has files, such as Node', name)
  return module as Module
}

function replay(
  left: Map<string, { namespace: string; events: QueuedEvent[] }>,
  record: JournalRecord,
): void {
  const [kind, key, position] = record
  if (kind === 'add') {
    const [, , , namespace, stream, index, text] = record
    const batch = left.get(key) ?? { namespace, events: [] }
    batch.events.push({ position, stream, index, text, bytes: Buffer.byteLength(text) })
    left.set(key, batch)
  } else {
    const batch = left.get(key)
    const events = batch?.events.filter((event) => event.position > position) ?? []
    if (batch && events.length > 0) batch.events = events
    else left.delete(key)
  }
}
