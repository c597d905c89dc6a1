import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KronosValidationError } from '../../../src/protocol/errors.ts'
import { compareIds, idTime, makeId } from '../../../src/protocol/event-id.ts'
import {
  HIGHEST_TIME,
  kronosTimeNow,
  LOWEST_TIME,
  type TimeInput,
  toDate,
  toISOString,
  toKronosTime,
} from '../../../src/protocol/time.ts'

const ticks = fc.bigInt({ min: LOWEST_TIME, max: HIGHEST_TIME })

describe('toKronosTime', () => {
  it.each<[TimeInput, bigint]>([
    [17959104000000001n, 17959104000000001n],
    [0, 0n],
    [1, 10000n],
    [-0.0001, -1n],
    [1795910400000.5, 17959104000005000n],
    [new Date(1401235200000), 14012352000000000n],
    ['2014-05-28T00:00:00Z', 14012352000000000n],
    ['2014-05-28', 14012352000000000n],
    ['2014-05-28T00:00', 14012352000000000n],
    ['2014-05-28 00:00:00', 14012352000000000n],
    ['2014-05-28T02:00:00+02:00', 14012352000000000n],
    ['2014-05-28T02:00:00+0200', 14012352000000000n],
    ['2014-05-27T22:00:00-02', 14012352000000000n],
    ['2014-05-28t00:00:00z', 14012352000000000n],
    ['2014-05-28T00:00:00.0000001Z', 14012352000000001n],
    ['2014-05-28T00:00:00.123456789Z', 14012352001234567n],
    ['2014-05-28T00:00:00,5', 14012352005000000n],
    ['+002014-05-28T00:00:00Z', 14012352000000000n],
    ['1969-12-31T23:59:59.9999999Z', -1n],
    [{ epochNanoseconds: 1401235200000000199n }, 14012352000000001n],
    [{ epochNanoseconds: -1n }, -1n],
  ])('%o is %o', (input, expected) => {
    expect(toKronosTime(input)).toBe(expected)
  })

  it.each<[unknown, RegExp]>([
    [1.7959104e16, /looks like Kronos ticks, which want a bigint/],
    [Number.NaN, /valid date/],
    [Number.POSITIVE_INFINITY, /valid date/],
    [new Date('nonsense'), /valid date/],
    ['nonsense', /ISO 8601/],
    ['', /ISO 8601/],
    ['2014-02-30', /ISO 8601/],
    ['2014-13-01', /ISO 8601/],
    ['2014-05-28T25:00', /ISO 8601/],
    ['2014-05-28T00:00.5', /ISO 8601/],
    ['2014-05-28T00:00:00+99:99', /ISO 8601/],
    ['2014-05-28T00:00:00 Europe/Berlin', /ISO 8601/],
    ['14012352000000000', /ISO 8601/],
    [null, /bigint, Date/],
    [undefined, /bigint, Date/],
    [true, /bigint, Date/],
    [{}, /bigint, Date/],
    [{ epochNanoseconds: 1 }, /bigint, Date/],
    [HIGHEST_TIME + 1n, /ticks/],
    [LOWEST_TIME - 1n, /ticks/],
    [new Date(8.64e15), /ticks/],
  ])('refuses %o', (input, message) => {
    const convert = () => toKronosTime(input as TimeInput, 'start')
    expect(convert).toThrow(KronosValidationError)
    expect(convert).toThrow(message)
    expect(convert).toThrow(/^start: /)
  })

  it('round-trips exactly through ISO strings and to the millisecond through Date', () => {
    fc.assert(
      fc.property(ticks, (time) => {
        expect(toKronosTime(toISOString(time))).toBe(time)
        const late = time - toKronosTime(toDate(time))
        expect(late >= 0n && late < 10_000n).toBe(true)
      }),
    )
  })

  it('takes what any Date gives', () => {
    const date = fc.date({ min: new Date('1583-01-01'), max: new Date('5000-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(date, (value) => {
        expect(toDate(toKronosTime(value)).getTime()).toBe(value.getTime())
        expect(toKronosTime(value.toISOString())).toBe(toKronosTime(value.getTime()))
      }),
    )
  })
})

it('never gives the same time twice, nor an earlier one', () => {
  let last = kronosTimeNow()
  expect(Math.abs(Date.now() - toDate(last).getTime())).toBeLessThan(1000)
  for (let i = 0; i < 10_000; i++) {
    const now = kronosTimeNow()
    expect(now > last).toBe(true)
    last = now
  }
})

describe('ids', () => {
  const tail = fc.stringMatching(/^[0-9a-f]{15}$/)

  it('hold their time exactly', () => {
    fc.assert(fc.property(ticks, tail, (time, bits) => void expect(idTime(makeId(time, bits))).toBe(time)))
  })

  it('are ordered by time, then by their bytes', () => {
    fc.assert(
      fc.property(ticks, ticks, tail, tail, (a, b, s, t) => {
        const order = a === b ? Math.sign(s < t ? -1 : s > t ? 1 : 0) : a < b ? -1 : 1
        expect(compareIds(makeId(a, s), makeId(b, t))).toBe(order)
      }),
    )
  })

  it.each<[bigint, string]>([
    [0n, '13814000-1dd2-11b2-81b5-0e66701cae2d'],
    [1n, '13814001-1dd2-11b2-892a-75149bc21130'],
    [-10000000n, '12e8a980-1dd2-11b2-8225-06107bd9138f'],
    [14012352000000000n, '02eec000-e5fb-11e3-800c-bdcefe6097df'],
    [17959104000000001n, 'd1e8c001-eb87-11f1-85a5-4586c1f3b36a'],
  ])('of the protocol: %o is in %s', (time, id) => {
    expect(idTime(id)).toBe(time)
    expect(makeId(time, id.slice(20).replace('-', ''))).toBe(id)
  })

  it.each(['', 'garbage', '02eec000-e5fb-41e3-800c-bdcefe6097df', '02eec000e5fb11e3800cbdcefe6097df'])(
    'of another kind are refused: %o',
    (id) => expect(() => idTime(id)).toThrow(KronosValidationError),
  )
})
