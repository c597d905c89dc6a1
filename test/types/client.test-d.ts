import { expectTypeOf, test } from 'vitest'
import { KronosClient, type KronosEvent, type TimeInput } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { createHandler } from '../../src/server.ts'

interface Click {
  user: number
  clicks?: number
}
interface Streams {
  'site.clicks': Click
  'site.views': { page: string }
}

test('typed streams type put and get', async () => {
  const client = new KronosClient<Streams>('http://localhost:8151')
  await client.put('site.clicks', { user: 1 })
  await client.put('site.clicks', [{ user: 1, '@time': new Date() }])
  await client.put({ 'site.clicks': [{ user: 1 }], 'site.views': [{ page: '/' }] })
  // @ts-expect-error a field of another type
  await client.put('site.clicks', { user: '1' })
  // @ts-expect-error no such stream
  await client.put('site.typo', { user: 1 })
  // @ts-expect-error no such stream
  client.get('site.typo')
  for await (const event of client.get('site.clicks')) {
    expectTypeOf(event).toEqualTypeOf<KronosEvent<Click>>()
    expectTypeOf(event.user).toBeNumber()
    expectTypeOf(event['@time']).toBeBigInt()
    expectTypeOf(event['@id']).toBeString()
  }
  const response = await client.put('site.views', { page: '/' })
  expectTypeOf(response['site.views']['sqlite']!.num_inserted).toBeNumber()
  const deleted = await client.delete('site.views', 0, 1)
  expectTypeOf(deleted['site.views']['sqlite']!.num_deleted).toBeNumber()
})

test('without types any stream and event will do', async () => {
  const client = new KronosClient({ url: 'http://localhost:8151', namespace: 'n' })
  await client.put('anything', { at: 'all' })
  for await (const event of client.get('anything')) expectTypeOf(event['field']).toBeUnknown()
})

test('times change the type of @time', async () => {
  const iso = new KronosClient('http://localhost:8151', { times: 'iso' })
  expectTypeOf((await iso.get('s').toArray())[0]!['@time']).toBeString()
  expectTypeOf((await iso.get('s', 0, 1, { times: 'ms' }).toArray())[0]!['@time']).toBeNumber()
  const typed = new KronosClient<Streams, 'iso'>('http://localhost:8151', { times: 'iso' })
  expectTypeOf((await typed.get('site.clicks').toArray())[0]!['@time']).toBeString()
})

test('a non-blocking put returns nothing, and no other put does', () => {
  const background = new KronosClient('http://localhost:8151', { blocking: false })
  expectTypeOf(background.put('s', {})).toBeVoid()
  expectTypeOf(background.put({ s: [{}] })).toBeVoid()
  const typed = new KronosClient<Streams, 'bigint', false>('http://localhost:8151', { blocking: false })
  expectTypeOf(typed.put('site.clicks', { user: 1 })).toBeVoid()
  // @ts-expect-error a field of another type
  typed.put('site.clicks', { user: '1' })
  expectTypeOf(new KronosClient('http://localhost:8151').put('s', {})).resolves.toBeObject()
})

test('options are checked', () => {
  // @ts-expect-error no such option
  new KronosClient('http://localhost:8151', { namepsace: 'n' })
  const client = new KronosClient('http://localhost:8151')
  // @ts-expect-error no such option
  client.get('s', 0, 1, { limt: 1 })
  // @ts-expect-error no such order
  client.get('s', 0, 1, { order: 'up' })
})

test('a handler is a transport, and times are many things', () => {
  const { fetch } = createHandler({ store: memoryStore() })
  const client = new KronosClient(fetch)
  expectTypeOf(client.get).parameter(1).toEqualTypeOf<TimeInput | undefined>()
  const instant: TimeInput = { epochNanoseconds: 1n }
  client.get('s', instant, '2026-11-29')
})
