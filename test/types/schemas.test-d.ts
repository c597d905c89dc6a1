import * as v from 'valibot'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { KronosClient, type KronosEvent } from '../../src/index.ts'

const click = z.object({ user: z.number(), clicks: z.number().default(1) })
const view = v.object({ page: v.string() })

test('schemas type put by their inputs, and get by their outputs', async () => {
  const client = new KronosClient('http://x', { schemas: { 'site.clicks': click, 'site.views': view } })
  await client.put('site.clicks', { user: 1, '@time': new Date() })
  await client.put({ 'site.clicks': [{ user: 1, clicks: 2 }], 'site.views': [{ page: '/' }] })
  // @ts-expect-error a field of another type
  await client.put('site.clicks', { user: '1' })
  // @ts-expect-error no such stream
  await client.put('site.typo', { user: 1 })
  // @ts-expect-error no such stream
  client.get('site.typo')
  const [event] = await client.get('site.clicks', 0, 1, { validate: true }).toArray()
  expectTypeOf(event!).toEqualTypeOf<KronosEvent<{ user: number; clicks: number }>>()
  for await (const { page } of client.tail('site.views')) expectTypeOf(page).toBeString()
})

test('other options are inferred beside them', async () => {
  const client = new KronosClient('http://x', { schemas: { s: view }, times: 'iso', blocking: false })
  expectTypeOf(client.put('s', { page: '/' })).toEqualTypeOf<void>()
  expectTypeOf((await client.get('s').toArray())[0]!['@time']).toBeString()
  const together = new KronosClient({ url: 'http://x', schemas: { s: view } })
  // @ts-expect-error no such stream
  await together.put('t', {})
})

test('named streams take only schemas that fit', () => {
  new KronosClient<{ s: { page: string }; t: object }>('http://x', { schemas: { s: view } })
  // @ts-expect-error another stream's
  new KronosClient<{ s: { page: string } }>('http://x', { schemas: { s: click } })
})
