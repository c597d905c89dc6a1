import { expect, it } from 'vitest'
import { tail } from '../../../src/explorer/tail.ts'
import { KronosClient, kronosTimeNow, type Transport } from '../../../src/index.ts'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler } from '../../../src/server.ts'

it('gives each event once as it arrives: late ones, future ones, and those of a poll that failed', async () => {
  const handler = createHandler({ store: memoryStore() })
  let failures = 0
  const transport: Transport = async (request) => {
    if (failures > 0 && request.url.endsWith('/get')) {
      failures--
      return Response.json({ '@errors': ['no'] }, { status: 403 })
    }
    return handler.fetch(request)
  }
  const client = new KronosClient(transport, { retry: 0 })
  const start = kronosTimeNow()
  const stop = new AbortController()
  const errors: unknown[] = []
  const seen: unknown[] = []
  const reading = (async () => {
    for await (const text of tail(client, 's', start, stop.signal, (error) => errors.push(error))) {
      seen.push(JSON.parse(text).n)
    }
  })()
  await client.put('s', [
    { n: 'before', '@time': start - 1n },
    { n: 1 },
    { n: 'future', '@time': start + 36_000_000_000n },
  ])
  await expect.poll(() => seen, { timeout: 5000 }).toEqual([1, 'future'])
  failures = 1
  await client.put('s', [{ n: 'late', '@time': start + 1n }, { n: 2 }])
  await expect.poll(() => seen, { timeout: 8000 }).toEqual([1, 'future', 'late', 2])
  expect(errors).toMatchObject([{ status: 403 }])
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(seen).toHaveLength(4)
  stop.abort()
  await reading
})
