import fc from 'fast-check'
import { expect, it } from 'vitest'
import { utf8Length } from '../../../src/protocol/bytes.ts'

it('counts the bytes of a text, short or long, as they are sent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 3000 }), (text, times) => {
      const long = text.repeat(times)
      expect(utf8Length(long)).toBe(new TextEncoder().encode(long).length)
    }),
  )
})
