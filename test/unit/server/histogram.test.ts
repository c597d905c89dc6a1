import { describe, expect, it } from 'vitest'
import { KronosClient } from '../../../src/index.ts'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler, type Store } from '../../../src/server.ts'

const makeServer = (store: Store, options = {}) => createHandler({ store, ...options }).fetch
/** Has a store's methods but the one that counts. */
function withoutCounting(store: Store): Store {
  const { histogram: _, ...rest } = store
  return rest
}

async function post(fetch: (request: Request) => Promise<Response>, body: string, path = 'events/histogram') {
  const response = await fetch(new Request(`http://127.0.0.1/1.0/${path}`, { method: 'POST', body }))
  return { status: response.status, body: JSON.parse(await response.text()) }
}

describe.each([
  ['a store that counts', memoryStore],
  ['a store that does not', () => withoutCounting(memoryStore())],
])('a histogram of %s', (_, makeStore) => {
  it('counts the buckets of a range, both ends inclusive, exactly', async () => {
    const fetch = makeServer(makeStore())
    const client = new KronosClient(fetch)
    const first = 17959104000000001n
    await client.put(
      's',
      [0n, 0n, 9n, 10n, 35n, 39n, 40n].map((at) => ({ '@time': first + at })),
    )
    const range = `"start_time":${first},"end_time":${first + 39n}`
    expect((await post(fetch, `{"stream":"s",${range},"width":10}`)).body).toMatchObject({
      stream: 's',
      namespace: 'kronos',
      buckets: [
        [0, 3],
        [1, 1],
        [3, 2],
      ],
      '@success': true,
    })
    expect((await post(fetch, `{"stream":"s",${range}}`)).body.buckets).toEqual([[0, 6]])
    expect(
      (await post(fetch, `{"stream":"s","start_time":${first + 40n},"end_time":${first}}`)).body,
    ).toMatchObject({ buckets: [] })
    const buckets = await client.histogram('s', first, first + 34n, { bucketWidth: 0.001 })
    expect(buckets).toEqual([
      { start: first, end: first + 9n, count: 3 },
      { start: first + 10n, end: first + 19n, count: 1 },
      { start: first + 20n, end: first + 29n, count: 0 },
      { start: first + 30n, end: first + 34n, count: 0 },
    ])
    const whole = await client.histogram('s', -1000n, first + 100n)
    expect(whole).toEqual([{ start: -1000n, end: first + 100n, count: 7 }])
    expect(await client.histogram('never', 2n, 1n)).toEqual([{ start: 2n, end: 1n, count: 0 }])
  })
})

describe('a histogram is refused', () => {
  it.each([
    ['{"end_time":1}', 'stream'],
    ['{"stream":"s"}', 'end_time'],
    ['{"stream":"s","end_time":1.5}', 'end_time'],
    ['{"stream":"s","end_time":"x"}', 'end_time'],
    ['{"stream":"s","start_time":[],"end_time":1}', 'start_time'],
    ['{"stream":"s","end_time":1,"width":0}', 'width'],
    ['{"stream":"s","end_time":1,"width":"1s"}', 'width'],
    ['{"stream":"s","end_time":10000,"width":1}', 'width'],
    ['{"stream":"s","end_time":1,"limit":1}', 'limit'],
    ['{"stream":"s","end_time":1,"start_id":"13814000-1dd2-11b2-8000-000000000000"}', 'start_id'],
    ['{"stream":"s","end_time":1,"namespace":"a b"}', 'namespace'],
    ['[]', ''],
  ])('%s', async (body, field) => {
    const answer = await post(makeServer(memoryStore()), body)
    expect(answer.status).toBe(400)
    expect(answer.body['@errors'][0]).toContain(field)
  })

  it('where reading is', async () => {
    const fetch = makeServer(memoryStore(), { mode: 'collector' })
    expect((await post(fetch, '{"stream":"s","end_time":1}')).status).toBe(403)
    expect((await post(fetch, '{}', 'namespaces')).status).toBe(403)
  })

  it('when the store fails, with a status that is tried again', async () => {
    const store: Store = { ...memoryStore(), histogram: () => Promise.reject(new Error('down')) }
    const answer = await post(makeServer(store), '{"stream":"s","end_time":1}')
    expect(answer).toMatchObject({ status: 503, body: { '@errors': ['the store memory failed: down'] } })
  })

  it.each([
    [[1n, 0n, { bucketWidth: 0 }], 'bucketWidth'],
    [[1n, 0n, { bucketWidth: Number.NaN }], 'bucketWidth'],
    [[0n, 10_000n, { bucketWidth: 0.0001 }], 'bucketWidth'],
    [['yesterday', 0n], 'start'],
    [[0n, undefined], 'end'],
    [[0n, 1n, { buckets: 3 }], 'options.buckets'],
  ])('by the client before any request: %o', async (args, field) => {
    const client = new KronosClient(() => Promise.reject(new Error('asked')), { retry: 0 })
    const call = client.histogram as (...args: unknown[]) => Promise<unknown>
    await expect(call.call(client, 's', ...args)).rejects.toMatchObject({ code: 'validation', field })
  })
})

describe('namespaces', () => {
  const names = async (client: KronosClient) => {
    const found: string[] = []
    for await (const name of client.getNamespaces()) found.push(name)
    return found
  }

  it('are listed as far as a token may know', async () => {
    const tokens = [{ token: 'all' }, { token: 'some', namespaces: ['b', 'c'] }]
    const fetch = makeServer(memoryStore(), { tokens })
    for (const namespace of ['a', 'b']) {
      await new KronosClient(fetch, { token: 'all', namespace }).put('s', {})
    }
    expect(await names(new KronosClient(fetch, { token: 'all' }))).toEqual(['a', 'b'])
    expect(await names(new KronosClient(fetch, { token: 'some' }))).toEqual(['b'])
    await expect(names(new KronosClient(fetch))).rejects.toMatchObject({ status: 401 })
  })
})
