import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inferSchema } from '../../../src/protocol/schema.ts'

const $schema = 'http://json-schema.org/draft-04/schema'
const typeOf = (...values: string[]) => inferSchema(values.map((value) => `{"a":${value}}`)).properties!['a']

describe('the schema of a value', () => {
  it.each([
    ['null', 'null'],
    ['"1"', 'string'],
    ['true', 'boolean'],
    ['1', 'integer'],
    ['-0', 'integer'],
    ['123456789012345678901234567890', 'integer'],
    ['1.0', 'number'],
    ['1e5', 'number'],
  ])('%s is of type %s', (text, type) => expect(typeOf(text)).toEqual({ type }))

  it('is any for an array whose elements differ, and null where there are none', () => {
    expect(typeOf('[1, "x"]')).toEqual({ type: 'array', items: { type: 'any' } })
    expect(typeOf('[]')).toEqual({ type: 'array', items: { type: 'null' } })
  })
})

describe('joining', () => {
  it.each([
    ['1', '1.5', 'number'],
    ['1', '"x"', 'any'],
    ['null', '"x"', 'string'],
    ['[1]', '{}', 'any'],
  ])('%s and %s, in either order, is %s', (a, b, type) => {
    expect(typeOf(a, b)).toEqual({ type })
    expect(typeOf(b, a)).toEqual({ type })
  })

  it('joins arrays and objects part by part', () => {
    expect(typeOf('[]', '[1]', '[null]')).toEqual({ type: 'array', items: { type: 'integer' } })
    const properties = { x: { type: 'number' }, y: { type: 'null' } }
    expect(typeOf('{"x":1,"y":null}', '{"x":2.5}')).toEqual({ type: 'object', properties, required: ['x'] })
  })

  it('takes __proto__ for a key like any other', () => {
    const schema = inferSchema(['{"__proto__":1,"b":1}', '{"__proto__":{"x":1}}'])
    expect(JSON.parse(JSON.stringify(schema))).toEqual(
      JSON.parse(
        `{"$schema":"${$schema}","type":"object","required":["__proto__"],` +
          '"properties":{"__proto__":{"type":"any"},"b":{"type":"integer"}}}',
      ),
    )
  })

  it('gives null for no event', () => expect(inferSchema([])).toEqual({ $schema, type: 'null' }))
})

interface Exchange {
  name: string
  request: { body: string }
  original: { body: string }
  expect: { kind: string; status: number }
}

/** Says `any` where protocol.md, "null and X in either order", says integer. */
const CONTRADICTS_PROTOCOL = ['schema/null-older']

describe('the schemas of the original', () => {
  const exchanges: Exchange[] = JSON.parse(readFileSync('test/fixtures/recorded.json', 'utf8'))
  const puts = new Map(exchanges.map((exchange) => [exchange.name, exchange]))
  const answers = exchanges.filter(
    ({ name, expect }) => name.startsWith('schema/') && puts.has(`${name}-put`) && expect.kind === 'same',
  )
  it.each(
    answers.filter(({ name }) => !CONTRADICTS_PROTOCOL.includes(name) && name !== 'schema/future-time'),
  )('$name', ({ name, original }) => {
    const put = JSON.parse(puts.get(`${name}-put`)!.request.body.replaceAll('1.0', '"FLOAT"'))
    const events = (Object.values(put.events) as object[][])[0]!
    const texts = events
      .map((event) => JSON.stringify({ '@id': '', ...event }).replaceAll('"FLOAT"', '1.0'))
      .reverse()
    expect(sortRequired(inferSchema(texts))).toEqual(sortRequired(JSON.parse(original.body).schema))
  })
})

function sortRequired(schema: object): unknown {
  return JSON.parse(JSON.stringify(schema), (key, value) => (key === 'required' ? value.sort() : value))
}
