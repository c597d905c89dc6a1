import { expect, it } from 'vitest'
import { memoryStore } from '../../src/memory.ts'
import { makeEvent, readLines, storeContract } from './store.ts'

storeContract('memory', () => memoryStore())

it('keeps the newest events of each stream within its bound', async () => {
  const store = memoryStore({ maxEvents: 3 })
  const events = [4n, 1n, 5n, 2n, 3n].map((time) => makeEvent(time, 0))
  for (const event of events) await store.insert('n', 's', [event])
  expect(await readLines(store)).toEqual([3n, 4n, 5n].map((time) => makeEvent(time, 0).text))
})

it.each([{ maxEvents: 0 }, { maxEvents: 1.5 }, { maxEvent: 1 }])('refuses the options %o', (options) => {
  expect(() => memoryStore(options as object)).toThrow(/maxEvent/)
})
