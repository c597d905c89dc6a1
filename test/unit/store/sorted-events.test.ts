import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SortedEvents } from '../../../src/store/sorted-events.ts'

const key = fc.integer({ min: 0, max: 6000 }).map((n) => String(n).padStart(4, '0'))
const operation = fc.oneof(
  fc.record({ add: fc.array(key, { maxLength: 1500, size: 'max' }) }),
  fc.record({ after: key, before: key }),
  fc.record({ keep: fc.integer({ min: 1, max: 3000 }) }),
)

it('does as a sorted array does, over many blocks', () => {
  fc.assert(
    fc.property(fc.array(operation, { size: 'max', maxLength: 12 }), key, key, (operations, low, high) => {
      const events = new SortedEvents()
      let model: string[] = []
      for (const step of operations) {
        if ('add' in step) {
          for (const key of step.add) events.add({ key, text: '' })
          model = [...new Set([...model, ...step.add])].sort()
        } else if ('keep' in step) {
          events.keepNewest(step.keep)
          model = model.slice(-step.keep)
        } else {
          const kept = model.filter((key) => key <= step.after || key >= step.before)
          expect(events.delete(step.after, step.before)).toBe(model.length - kept.length)
          model = kept
        }
        expect(events.size).toBe(model.length)
        const range = model.filter((key) => key > low && key < high)
        expect(Array.from(events.ascending(low, high), ({ key }) => key)).toEqual(range)
        expect(Array.from(events.descending(low, high), ({ key }) => key)).toEqual(range.toReversed())
      }
    }),
    { numRuns: 60 },
  )
})
