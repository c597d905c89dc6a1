import { expect, it } from 'vitest'
import { type Filter, matches } from '../../../src/explorer/filters.ts'

const EVENT =
  '{"n":5,"f":1.0,"s":"Boston","empty":"","no":null,"yes":true,"a.b":{"c":7},"a":{"d":"x"},"list":[1,2]}'

it.each<[Filter, boolean]>([
  [['n', '=', '5'], true],
  [['n', '=', '5.0'], true],
  [['n', '=', ''], false],
  [['f', '=', '1'], true],
  [['n', '≠', '5'], false],
  [['n', '>', '4.9'], true],
  [['n', '>', '10'], false],
  [['n', '≥', '5'], true],
  [['n', '<', '5'], false],
  [['n', '≤', '5'], true],
  [['s', '=', 'boston'], false],
  [['s', 'contains', 'TON'], true],
  [['s', '>', 'Atlanta'], true],
  [['empty', '=', ''], true],
  [['no', '=', 'null'], true],
  [['yes', '=', 'true'], true],
  [['a.b.c', '=', '7'], true],
  [['a.d', '=', 'x'], true],
  [['a.nothing', '=', 'x'], false],
  [['nothing', '≠', 'x'], true],
  [['nothing', 'contains', ''], false],
  [['list', 'contains', '2'], true],
  [['constructor', '≠', ''], true],
  [['constructor', 'contains', ''], false],
])('%j: %s', (filter, passes) => {
  expect(matches(EVENT, [filter])).toBe(passes)
})

it('all of them have to be passed', () => {
  expect(matches(EVENT, [])).toBe(true)
  expect(
    matches(EVENT, [
      ['n', '=', '5'],
      ['s', '=', 'Boston'],
    ]),
  ).toBe(true)
  expect(
    matches(EVENT, [
      ['n', '=', '5'],
      ['s', '=', 'Paris'],
    ]),
  ).toBe(false)
})
