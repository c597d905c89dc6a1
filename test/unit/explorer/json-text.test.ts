import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layOut, readMembers, readPath } from '../../../src/explorer/json-text.ts'

describe('readMembers', () => {
  it('gives each member’s text as it was written', () => {
    const text =
      '{"n":12345678901234567890, "f": 1.0 ,"a":[1,{"n":2}],"s":"a,\\"b\\":{}","o":{"x":[]},"\\u0061b":null}'
    expect([...readMembers(text)]).toEqual([
      ['n', '12345678901234567890'],
      ['f', '1.0'],
      ['a', '[1,{"n":2}]'],
      ['s', '"a,\\"b\\":{}"'],
      ['o', '{"x":[]}'],
      ['ab', 'null'],
    ])
  })

  it('agrees with JSON.parse', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.constantFrom(undefined, 2),
        (value, indent) => {
          const members = readMembers(JSON.stringify(value, null, indent))
          expect(new Map([...members].map(([key, text]) => [key, JSON.parse(text)]))).toEqual(
            new Map(Object.entries(JSON.parse(JSON.stringify(value)))),
          )
        },
      ),
    )
  })

  it.each(['[{"a":1}]', '7', '"{}"', ''])('finds nothing in %s', (text) => {
    expect(readMembers(text).size).toBe(0)
  })
})

it('readPath goes into objects, and no further', () => {
  const text = '{"a":{"b.c":{"d":1.0}},"s":"x"}'
  expect(readPath(text, ['a', 'b.c', 'd'])).toBe('1.0')
  expect(readPath(text, ['a', 'nothing', 'd'])).toBeUndefined()
  expect(readPath(text, ['s', 'length'])).toBeUndefined()
})

it('layOut changes nothing but the space around', () => {
  const join = (text: string) =>
    layOut(text)
      .map((piece) => piece.text)
      .join('')
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      expect(join(text)).toBe(JSON.stringify(JSON.parse(text), null, 2))
    }),
  )
  expect(join('{"n":1.0,"big":12345678901234567890}')).toBe(
    '{\n  "n": 1.0,\n  "big": 12345678901234567890\n}',
  )
})
