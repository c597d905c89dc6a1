import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readView, type View, writeView } from '../../../src/explorer/address.ts'
import { OPERATORS } from '../../../src/explorer/filters.ts'

const time = fc.bigInt({ min: -122192928000000000n, max: 1030728576606846975n })
const name = fc.stringMatching(/^[\w.-]{1,20}$/)
const optional = (value: fc.Arbitrary<string>) => fc.option(value, { nil: undefined })

it('a link holds all of a view', () => {
  const view = fc.record<View>({
    namespace: optional(name),
    stream: optional(name),
    search: fc.string(),
    range: fc.oneof(fc.constantFrom('all', '15m', '30d'), fc.record({ from: time, to: time })),
    order: fc.constantFrom('ascending', 'descending'),
    filters: fc.array(fc.tuple(fc.string(), fc.constantFrom(...OPERATORS), fc.string())),
    live: fc.boolean(),
    event: optional(fc.uuid()),
    tab: fc.constantFrom('events', 'schema'),
  } as never)
  fc.assert(
    fc.property(view, (one) => {
      // A live tail is of the newest, up to now.
      const live = one.live && typeof one.range === 'string'
      const order = live ? 'descending' : one.order
      expect(readView(writeView(one))).toEqual({ ...one, live, order })
    }),
  )
})

it.each([
  '',
  '#',
  '#range=2h&order=up&tab=x&filter=x&filter=["a","like","b"]&stream=<b>&namespace=a/b',
  '#from=x&to=y',
])('%s is as nothing', (hash) => expect(writeView(readView(hash))).toBe('#'))
