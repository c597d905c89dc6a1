import { expect, it } from 'vitest'
import { inferSchema } from '../../../src/protocol/schema.ts'

const type = (...values: string[]) => inferSchema(values.map((value) => `{"a":${value}}`)).properties!['a']

it.each<[string[], object]>([
  [['1'], { type: 'integer' }],
  [['1.0'], { type: 'number' }],
  [['1e3'], { type: 'number' }],
  [['12345678901234567890'], { type: 'integer' }],
  [['"x"'], { type: 'string' }],
  [['true', 'false'], { type: 'boolean' }],
  [['1', '1.5'], { type: 'number' }],
  [['null', '1'], { type: 'integer' }],
  [['1', 'null'], { type: 'integer' }],
  [['null', 'null'], { type: 'null' }],
  [['1', '"x"'], { type: 'any' }],
  [['1', '"x"', 'null'], { type: 'any' }],
  [['[]'], { type: 'array' }],
  [['[]', '[1,null]'], { type: 'array', items: { type: 'integer' } }],
  [['[1]', '["x"]'], { type: 'array', items: { type: 'any' } }],
  [['[1]', '{}'], { type: 'any' }],
  [
    ['{"x":1,"y":1}', '{"x":null,"z":1}'],
    {
      type: 'object',
      properties: { x: { type: 'integer' }, y: { type: 'integer' }, z: { type: 'integer' } },
      required: ['x'],
    },
  ],
])('%o is %o', (values, schema) => {
  expect(type(...values)).toEqual(schema)
})

it('of nothing is null', () => {
  expect(inferSchema([])).toEqual({ $schema: 'http://json-schema.org/draft-04/schema', type: 'null' })
})

it('takes __proto__ for a key like any other', () => {
  const { properties, required } = inferSchema(['{"__proto__":1}'])
  expect(Object.entries(properties!)).toEqual([['__proto__', { type: 'integer' }]])
  expect(required).toEqual(['__proto__'])
})
