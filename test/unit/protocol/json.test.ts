import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { KronosValidationError } from '../../../src/protocol/errors.ts'
import { parse, stringify } from '../../../src/protocol/json.ts'
import { RawEvent, rawEvent } from '../../../src/protocol/raw-event.ts'

describe('stringify', () => {
  it('writes what JSON.stringify writes', () => {
    const json = fc.jsonValue({ maxDepth: 4, stringUnit: 'binary' })
    fc.assert(fc.property(json, (value) => void expect(stringify(value)).toBe(JSON.stringify(value))))
  })

  it('writes the same by its own walk', () => {
    const json = fc.jsonValue({ maxDepth: 4 })
    fc.assert(
      fc.property(json, (value) => {
        expect(stringify({ big: 1n, value })).toBe(JSON.stringify({ big: 1, value }))
      }),
    )
  })

  it.each<[unknown]>([
    [{ a: undefined, b: () => 1, c: Symbol('c'), d: null }],
    [[undefined, () => 1, null]],
    [{ date: new Date(0), null: null }],
    [{ boxed: [new Number(1), new String('x'), new Boolean(false)], null: null }],
    [{ toJSON: (key: string) => ({ key, null: null }) }],
    [{ nested: { toJSON: (key: string) => [key, null] } }],
    [JSON.parse('{"__proto__":{"a":null},"b":1}')],
    [Object.assign(new Array(2), { 1: null })],
    [new Map([[1, 2]])],
  ])('follows JSON.stringify for %o', (value) => {
    expect(stringify(value)).toBe(JSON.stringify(value))
  })

  it('writes bigints exactly, wherever they are', () => {
    expect(stringify({ '@time': 17959104000000001n, a: [-(2n ** 80n), { b: Object(1n) }] })).toBe(
      '{"@time":17959104000000001,"a":[-1208925819614629174706176,{"b":1}]}',
    )
  })

  describe('where somebody taught bigints a toJSON', () => {
    afterEach(() => {
      Reflect.deleteProperty(BigInt.prototype, 'toJSON')
    })

    it('still writes integers', () => {
      Object.assign(BigInt.prototype, {
        toJSON() {
          return String(this)
        },
      })
      expect(stringify({ a: 1n })).toBe('{"a":1}')
    })
  })

  it.each<[unknown, string]>([
    [{ a: { b: [1, Number.NaN] } }, 'value.a.b[1]: expected a finite number, got NaN'],
    [Number.NEGATIVE_INFINITY, 'value: expected a finite number, got -Infinity'],
    [undefined, 'value: expected something with a JSON form, got undefined'],
  ])('refuses %o', (value, message) => {
    expect(() => stringify(value)).toThrow(KronosValidationError)
    expect(() => stringify(value)).toThrow(message)
  })

  it('refuses a cycle and says where it closes, but not the same object twice', () => {
    const cycle: Record<string, unknown> = { a: {} }
    ;(cycle['a'] as Record<string, unknown>)['back'] = cycle
    expect(() => stringify(cycle)).toThrow('value.a.back: expected no cycle')
    const shared = { x: null }
    expect(stringify([shared, shared])).toBe('[{"x":null},{"x":null}]')
  })
})

describe('parse', () => {
  it('is the inverse of stringify for @time', () => {
    const fields = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true })
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), fields, (time, rest) => {
        const text = stringify({ ...rest, '@time': time })
        expect(parse(text)).toEqual({ ...JSON.parse(text), '@time': time })
      }),
    )
  })

  it.each<[string, unknown]>([
    ['{"a":{"@time":17959104000000003},"@time":17959104000000001}', 17959104000000001n],
    ['{"s":"\\"@time\\":17959104000000003","\\u0040time" : 17959104000000001}', 17959104000000001n],
    ['{"@time":5,"@time":17959104000000001}', 17959104000000001n],
    ['{"k":"@time","@time":1.5}', 1.5],
    ['{"@time":null,"a":["@time",7]}', null],
  ])('finds the top-level @time of %s', (text, time) => {
    expect(parse(text)['@time']).toBe(time)
  })
})

describe('rawEvent', () => {
  it('keeps the text', () => {
    const event = rawEvent(' {"a":1.0,"big":123456789012345678901234567890} ')
    expect(event).toBeInstanceOf(RawEvent)
    expect(event.text).toBe('{"a":1.0,"big":123456789012345678901234567890}')
  })

  it.each(['', '[]', '7', 'null', '{"a":}', '"x"'])('refuses %o', (text) => {
    expect(() => rawEvent(text)).toThrow(KronosValidationError)
  })
})
