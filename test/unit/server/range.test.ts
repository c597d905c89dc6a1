import { describe, expect, test } from 'vitest'
import { scanMembers } from '../../../src/protocol/put-body.ts'
import { readRange } from '../../../src/server/range.ts'

const range = (body: string) => readRange(scanMembers(body))
const LOWEST = '-122192928000000000'
const HIGHEST = '1030728576606846975'
const ID = 'd1e8c001-eb87-11f1-805c-b095040549ef'

describe('bounds', () => {
  test('times are exact, and inclusive', () => {
    expect(range('{"start_time":17959104000000001,"end_time":17959104000000003}')).toEqual({
      after: 'd1e8c001-eb87-11f1-7fff-ffffffffffff',
      before: 'd1e8c003-eb87-11f1-9000-000000000000',
      order: 'ascending',
    })
  })

  test.each([
    ['17959104000000001', '"17959104000000001"'],
    ['-10000000', '"-10000000"'],
    ['0', 'null'],
  ])('start_time %s may be written %s', (number, other) => {
    const end = '"end_time":99999999999999999'
    expect(range(`{"start_time":${number},${end}}`)).toEqual(range(`{"start_time":${other},${end}}`))
  })

  test('times that no id can hold are clamped, and never let an event in that they exclude', () => {
    const all = {
      after: '00000000-0000-1000-7fff-ffffffffffff',
      before: 'ffffffff-ffff-1fff-9000-000000000000',
    }
    expect(range(`{"start_time":${LOWEST},"end_time":${HIGHEST}}`)).toMatchObject(all)
    expect(range(`{"start_time":-${'9'.repeat(5000)},"end_time":${'9'.repeat(5000)}}`)).toMatchObject(all)
    expect(range('{"start_time":1030728576606846976,"end_time":1030728576606846977}')).toBeUndefined()
    expect(range('{"start_time":-122192928000000002,"end_time":-122192928000000001}')).toBeUndefined()
  })

  test('ids are exclusive, stand in for times, and are lower case', () => {
    const upper = ID.toUpperCase()
    expect(range(`{"start_id":"${upper}","start_time":5,"end_time":${HIGHEST}}`)).toMatchObject({ after: ID })
    expect(range(`{"end_id":"${upper}"}`)).toMatchObject({ before: ID })
    expect(range(`{"end_id":"${ID}","end_time":1}`)).toMatchObject({ before: ID })
    expect(range(`{"start_id":null,"end_id":null,"end_time":1}`)).toEqual(range('{"end_time":1}'))
    expect(range(`{"start_id":"${ID}","end_id":"${ID}"}`)).toBeUndefined()
  })

  test.each([
    '{}',
    '{"end_time":null}',
    '{"end_time":1.0}',
    '{"end_time":1e3}',
    '{"end_time":true}',
    '{"end_time":"1.5"}',
    '{"end_time":""}',
    '{"end_time":" 1"}',
    '{"end_time":"0x10"}',
    '{"end_time":[1]}',
    '{"start_time":"x","end_time":1}',
    '{"start_id":"x","end_time":1}',
    '{"start_id":5,"end_time":1}',
    `{"start_id":"{${ID}}","end_time":1}`,
    '{"start_id":"7c9e6679-7425-40de-944b-e07fc1f90ae7","end_time":1}',
    '{"end_time":1,"order":"DESCENDING"}',
    '{"end_time":1,"limit":"x"}',
    '{"end_time":1,"limit":1.5}',
  ])('%s is refused', (body) => {
    expect(() => range(body)).toThrowError(expect.objectContaining({ status: 400 }))
  })
})

test.each([
  ['2', 2],
  ['"2"', 2],
  ['9007199254740993', Number.MAX_SAFE_INTEGER],
])('limit %s', (limit, expected) => {
  expect(range(`{"end_time":1,"limit":${limit}}`)).toMatchObject({ limit: expected })
})

test.each(['0', '-1', '"-5"'])('limit %s gives nothing', (limit) => {
  expect(range(`{"end_time":1,"limit":${limit}}`)).toBeUndefined()
})

test('order', () => {
  expect(range('{"end_time":1,"order":"descending"}')).toMatchObject({ order: 'descending' })
  expect(range('{"end_time":1,"order":null}')).toMatchObject({ order: 'ascending' })
})
