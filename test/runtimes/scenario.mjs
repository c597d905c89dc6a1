// Runs in an empty project into which the package was installed; prints "ok" when all of it holds.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { KronosClient, KronosError, KronosHTTPError, KronosValidationError, rawEvent } from 'kronos-js'
import { memoryStore } from 'kronos-js/memory'
import { createHandler, serve } from 'kronos-js/server'
import { sqliteStore } from 'kronos-js/sqlite'

const time = 14012352000000001n

async function useServer(target) {
  const client = new KronosClient(target, { namespace: 'n' })
  const put = await client.put({
    a: [
      { '@time': time, n: 1 },
      { '@time': time + 1n, n: 2 },
    ],
    b: [{}],
  })
  assert.equal(put['@success'], true)
  const events = await client.get('a').toArray()
  assert.deepEqual(
    events.map((event) => [event['@time'], event.n]),
    [
      [time, 1],
      [time + 1n, 2],
    ],
  )
  const newest = await client.get('a', 0, undefined, { order: 'descending', limit: 1 }).toArray()
  assert.deepEqual(
    newest.map(({ n }) => n),
    [2],
  )
  const streams = []
  for await (const stream of client.getStreams()) streams.push(stream)
  assert.deepEqual(streams, ['a', 'b'])
  assert.equal((await client.inferSchema('a')).schema.properties.n.type, 'integer')
  await client.put('raw', rawEvent(`{"@time":${time},"x":1.0}`))
  for await (const line of client.get('raw').lines()) assert.match(line, /"x":1\.0/)
  const deleted = await client.delete('a', time, time)
  assert.equal(Object.values(deleted.a)[0].num_deleted, 1)
  assert.equal((await client.get('a').toArray()).length, 1)
  assert.ok((await client.index()).features.includes('end_id'))
  await client.close()
}

const store = sqliteStore('test.db')
const { fetch: handle } = createHandler({ store })
await useServer(handle)
await store.close()

const server = await serve({ store: memoryStore(), port: 0, mode: 'all' })
await useServer(server.url)
const refused = await new KronosClient(`${server.url}/nowhere`).index().catch((error) => error)
assert.ok(refused instanceof KronosHTTPError && refused.status === 404)
await server.close()

// An error class is one and the same from whichever entry it comes, and by `require` too.
assert.throws(() => memoryStore({ nonsense: 1 }), KronosValidationError)
const required = createRequire(import.meta.url)('kronos-js')
assert.equal(required.KronosError, KronosError)
assert.ok(new required.KronosClient(handle) instanceof KronosClient)

console.log('ok')
