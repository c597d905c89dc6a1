import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KronosClient, rawEvent, type TimeInput, toKronosTime } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { type Server, type Store, serve } from '../../src/server.ts'
import { sqliteStore } from '../../src/sqlite.ts'

const directory = mkdtempSync(join(tmpdir(), 'kronos-round-trip-'))
afterAll(() => rmSync(directory, { recursive: true }))

const stores: Record<string, () => Store> = {
  memory: () => memoryStore(),
  sqlite: () => sqliteStore(join(directory, 'kronos.db')),
}

describe.each(Object.keys(stores))('client and server, over a socket, on %s', (name) => {
  const store = stores[name]!()
  let server: Server
  let client: KronosClient
  let count = 0
  const newStream = () => `s${count++}`
  beforeAll(async () => {
    server = await serve({ store, port: 0 })
    client = new KronosClient(server.url, { library: false })
  })
  afterAll(async () => {
    await server.close()
    await store.close()
  })

  it('gives any event back as it was put', async () => {
    const value = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })
    const key = fc.string({ unit: 'grapheme' }).filter((text) => text !== '@time' && text !== '@id')
    const time = fc.bigInt({ min: 0n, max: 1030728576606846975n })
    const event = fc.record({ time, fields: fc.dictionary(key, value, { noNullPrototype: true }) })
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 20 }), async (events) => {
        const stream = newStream()
        await client.put(
          stream,
          events.map(({ time, fields }) => ({ ...fields, '@time': time })),
        )
        const got = await client.get(stream).toArray()
        const sorted = events.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
        expect(got.map(({ '@id': _, ...rest }) => rest)).toEqual(
          sorted.map(({ time, fields }) => ({ ...JSON.parse(JSON.stringify(fields)), '@time': time })),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('gives any text back to the last digit, and takes it again', async () => {
    const digits = fc.stringMatching(/^-?[1-9][0-9]{0,40}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?$/)
    await fc.assert(
      fc.asyncProperty(digits, fc.string({ unit: 'binary' }), async (number, text) => {
        const [first, second] = [newStream(), newStream()]
        const members = `"n":${number},"list":[1.0, ${number}],"t":${JSON.stringify(text)},"n":2`
        await client.put(first, rawEvent(`{"@time":17959104000000001,${members}}`))
        const [line] = await collect(client.get(first).lines())
        expect(line!.slice(line!.indexOf('"n"'))).toBe(`${members}}`)
        await client.put(second, rawEvent(line!))
        const [again] = await collect(client.get(second).lines())
        expect(again!.slice(45)).toBe(line!.slice(45))
      }),
      { numRuns: 60 },
    )
  })

  it('keeps the order of events of one tick, and stores a batch once', async () => {
    const stream = newStream()
    const events = Array.from({ length: 3000 }, (_, n) => ({ '@time': 17959104000000001n, n }))
    const twice = async (request: Request) => {
      await fetch(new Request(server.url + request.url.slice('http://kronos.local'.length), request.clone()))
      return fetch(new Request(server.url + request.url.slice('http://kronos.local'.length), request))
    }
    await new KronosClient(twice).put(stream, events)
    const got = await client.get(stream).toArray()
    expect(got.map((event) => event['n'])).toEqual(events.map(({ n }) => n))
    const descending = await client.get(stream, 0, undefined, { order: 'descending', limit: 5 }).toArray()
    expect(descending.map((event) => event['n'])).toEqual([2999, 2998, 2997, 2996, 2995])
  })

  it('reads and deletes exact ranges, both ends inclusive, ids exclusive', async () => {
    const stream = newStream()
    const base = toKronosTime('2026-11-29T00:00:00Z')
    await client.put(
      stream,
      Array.from({ length: 10 }, (_, n) => ({ '@time': base + BigInt(n), n })),
    )
    const read = async (...range: [TimeInput?, TimeInput?, object?]) =>
      (await client.get(stream, ...range).toArray()).map((event) => event['n'])
    expect(await read(base + 3n, base + 5n)).toEqual([3, 4, 5])
    const ids = (await client.get(stream).toArray()).map((event) => event['@id'])
    expect(await read(undefined, undefined, { startId: ids[3], endId: ids[7] })).toEqual([4, 5, 6])
    expect(await read(base, undefined, { endId: ids[2], order: 'descending', limit: 1 })).toEqual([1])
    const { [stream]: deleted } = await client.delete(stream, undefined, undefined, {
      startId: ids[0]!,
      endId: ids[9]!,
    })
    expect(deleted![name]).toEqual({ num_deleted: 8 })
    expect(await read()).toEqual([0, 9])
  })

  it('tells which events of a put were refused, and stores the others', async () => {
    const stream = newStream()
    const error = await client
      .put(stream, [{ n: 0 }, rawEvent('{"@time":1.5,"n":1}'), { n: 2 }])
      .catch((reason) => reason)
    expect(error.code).toBe('response')
    expect(error.response['@rejected'][stream]).toMatchObject([{ index: 1 }])
    expect((await client.get(stream).toArray()).map((event) => event['n'])).toEqual([0, 2])
  })
})

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}
