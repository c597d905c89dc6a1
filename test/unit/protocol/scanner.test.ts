import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scanMembers, scanPutBody } from '../../../src/protocol/put-body.ts'
import { JSONScanner } from '../../../src/protocol/scanner.ts'

function accepts(text: string): boolean {
  const scanner = new JSONScanner(text, 1000)
  try {
    scanner.skip()
    scanner.end()
    return true
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError)
    return false
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('the scanner accepts exactly what JSON.parse accepts', () => {
  const json = fc.oneof(
    fc.json({ stringUnit: 'binary' }),
    fc.jsonValue().map((value) => JSON.stringify(value, null, '\t')),
  )

  it('of JSON', () => {
    fc.assert(fc.property(json, (text) => void expect(accepts(text)).toBe(true)))
  })

  it('of JSON with a character changed, left out or added', () => {
    const characters = fc.constantFrom(...'{}[]",:\\/ux0019.eE+-tfn \t\r\n\u0000\u001f\u00a0\ufeff\u2028')
    fc.assert(
      fc.property(json, fc.nat(), fc.nat(1), characters, (text, place, cut, character) => {
        const at = place % (text.length + 1)
        const mutated = text.slice(0, at) + character + text.slice(at + cut)
        expect([mutated, accepts(mutated)]).toEqual([mutated, parses(mutated)])
      }),
      { numRuns: 5000 },
    )
  })

  it('of anything', () => {
    const parts = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        '"a"',
        '\\u12',
        '1',
        '-',
        '.5',
        'e9',
        'null',
        'tru',
        ' ',
      ),
    )
    fc.assert(
      fc.property(parts, (texts) => void expect(accepts(texts.join(''))).toBe(parses(texts.join('')))),
      { numRuns: 5000 },
    )
  })

  it('down to its depth', () => {
    const nested = (depth: number) => new JSONScanner('['.repeat(depth) + ']'.repeat(depth), 500)
    nested(500).skip()
    expect(() => nested(501).skip()).toThrow(/more than 500 levels/)
  })
})

describe('an event', () => {
  const scan = (event: string) => scanPutBody(`{"events":{"s":[${event}]}}`).events.get('s')![0]!

  it.each<[string, string, bigint | undefined]>([
    ['{}', '', undefined],
    ['{"@time":5}', '', 5n],
    ['{"@time":-5,"a":1}', '"a":1', -5n],
    [
      '{"a":1.0,"@time":17959104000000001,"b":12345678901234567890}',
      '"a":1.0,"b":12345678901234567890',
      17959104000000001n,
    ],
    ['{"@id":"x","a":1,"@id":2}', '"a":1', undefined],
    ['{"@time":1,"@time":"x","@time":2}', '', 2n],
    ['{"\\u0040time":7,"\\u0040\\u0069d":[],"a\\u0062":1}', '"a\\u0062":1', 7n],
    [
      '{ "a" : {"@time":9} ,\n "@time" : null ,\t"b":[ 1,\r\n2 ] }',
      '"a" : {"@time":9},"b":[ 1,  2 ]',
      undefined,
    ],
    ['{"__proto__":1,"@times":2,"@":3}', '"__proto__":1,"@times":2,"@":3', undefined],
    ['{"a":1,"a":2}', '"a":1,"a":2', undefined],
  ])('%s', (text, members, time) => {
    expect(scan(text)).toEqual({ members, time })
  })

  it.each([
    '7',
    '"x"',
    'null',
    '[]',
    '{"@time":"1"}',
    '{"@time":1.0}',
    '{"@time":1e3}',
    '{"@time":true}',
    '{"@time":1030728576606846976}',
  ])('is refused: %s', (text) => expect(scan(text).error).toBeTypeOf('string'))

  it('keeps every member as it was written', () => {
    const fields = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue(), { noNullPrototype: true })
    fc.assert(
      fc.property(fields, fc.bigInt({ min: 0n, max: 2n ** 59n }), (given, time) => {
        const { '@time': _, '@id': __, ...rest } = given
        const text = JSON.stringify(rest).slice(1, -1)
        const event = scan(`{${text}${text && ','}"@time":${time},"@id":"x"}`)
        expect(event).toEqual({ members: text, time })
      }),
    )
  })
})

describe('a body', () => {
  it.each([
    ['[]', TypeError],
    ['5', TypeError],
    ['{"events":[]}', TypeError],
    ['{"events":null}', TypeError],
    ['{"events":{"s":{}}}', TypeError],
    ['{"events":{"s":{}}', SyntaxError],
    ['{"events":{},"events":{}}', SyntaxError],
    ['{"events":{"s":[],"s":[]}}', SyntaxError],
    ['', SyntaxError],
    ['{} x', SyntaxError],
  ])('is refused: %s', (text, kind) => {
    expect(() => scanPutBody(text)).toThrow(kind)
  })

  it('gives the text of its members', () => {
    expect(scanMembers('{"a": 12345678901234567890, "__proto__":[1]}')).toEqual(
      new Map([
        ['a', '12345678901234567890'],
        ['__proto__', '[1]'],
      ]),
    )
  })
})
