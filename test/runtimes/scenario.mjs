// What a user does, on any runtime: it imports nothing, and is given the package and a server.

const TIME = 14012352000000001n
const NAMESPACES = ['first', 'second']

/**
 * Carries out every step against a server that holds nothing.
 *
 * @param kronos what `kronos-js` exports
 * @param target a URL, or a transport
 * @param queue makes a durable queue, where there is one
 * @returns {Promise<string[]>} what failed, as text
 */
export async function runScenario(kronos, target, queue) {
  const failures = []
  for (const [name, step] of Object.entries(STEPS)) {
    const client = new kronos.KronosClient(target, { namespace: NAMESPACES[0], timeout: 10_000 })
    try {
      await step({ client, kronos, target, queue })
    } catch (error) {
      failures.push(`${name}: ${error} ${error?.cause ?? ''}\n${error?.stack}`)
    }
    await client.close()
  }
  return failures
}

const STEPS = {
  async 'put and get, in both orders and under a limit'({ client, kronos }) {
    const answer = await client.put({ range: count(5), other: [{}] })
    equal(kronos, answer['@success'], true)
    const numbers = async (...range) => (await client.get('range', ...range).toArray()).map(({ n }) => n)
    equal(kronos, await numbers(), [0, 1, 2, 3, 4])
    equal(kronos, await numbers(TIME + 1n, TIME + 2n), [1, 2])
    equal(kronos, await numbers(0, undefined, { limit: 2 }), [0, 1])
    equal(kronos, await numbers(0, undefined, { order: 'descending', limit: 3 }), [4, 3, 2])
  },

  async 'times are exact to the tick'({ client, kronos }) {
    await client.put('times', { '@time': TIME, big: 2n ** 80n })
    const read = async (options) => (await client.get('times', TIME, TIME, options).toArray())[0]['@time']
    equal(kronos, await read(), TIME)
    equal(kronos, await read({ times: 'iso' }), '2014-05-28T00:00:00.0000001Z')
    equal(kronos, await read({ times: 'ms' }), 1401235200000)
    const [event] = await client.get('times').toArray()
    equal(kronos, kronos.idTime(event['@id']), TIME)
    equal(kronos, kronos.toKronosTime('2014-05-28T00:00:00.0000001Z'), TIME)
    const now = kronos.kronosTimeNow()
    equal(kronos, now < kronos.kronosTimeNow(), true)
    equal(kronos, kronos.parse(kronos.stringify(event))['@time'], TIME)
  },

  async 'text comes as it was stored'({ client, kronos }) {
    await client.put('raw', kronos.rawEvent(`{"@time":${TIME},"x":1.0,"big":123456789012345678901}`))
    for await (const line of client.get('raw').lines())
      equal(kronos, /"x":1\.0,"big":123456789012345678901/.test(line), true)
  },

  async 'a long answer, whole, in part and as a web stream'({ client, kronos }) {
    await client.put('long', count(5000))
    equal(kronos, (await client.get('long').toArray()).length, 5000)
    let some = 0
    for await (const _ of client.get('long')) if (++some === 10) break
    let events = 0
    for await (const batch of client.get('long').batches()) events += batch.length
    const reader = client.get('long', 0, undefined, { limit: 3 }).toReadableStream().getReader()
    let pulled = 0
    while (!(await reader.read()).done) pulled++
    equal(kronos, [some, events, pulled], [10, 5000, 3])
  },

  async 'puts that do not wait, and flush'({ kronos, target }) {
    const client = new kronos.KronosClient(target, { namespace: NAMESPACES[1], blocking: false })
    for (const event of count(100)) client.put('background', event)
    equal(kronos, await client.flush({ timeout: 10_000 }), { queued: 0, dropped: 0 })
    equal(kronos, client.stats().delivered, 100)
    await client.close()
    const reader = new kronos.KronosClient(target, { namespace: NAMESPACES[1] })
    equal(kronos, (await reader.get('background').toArray()).length, 100)
  },

  async 'a queue that outlives its client'({ kronos, target, queue }) {
    if (!queue) return
    const options = { namespace: NAMESPACES[1], blocking: false, onError() {} }
    const cut = () => Promise.reject(new TypeError('no network'))
    const first = new kronos.KronosClient(cut, { ...options, queue: queue() })
    for (const event of count(3)) first.put('kept', event)
    equal(kronos, (await first.close({ timeout: 200 })).queued, 3)
    const second = new kronos.KronosClient(target, { ...options, queue: queue() })
    second.put('kept', { '@time': TIME + 3n, n: 3 })
    const reader = new kronos.KronosClient(target, { namespace: NAMESPACES[1] })
    const read = async () => (await reader.get('kept').toArray()).map(({ n }) => n)
    for (let wait = 0; wait < 50 && (await read()).length < 4; wait++) await pause(100)
    await second.close()
    equal(kronos, await read(), [0, 1, 2, 3])
  },

  async 'a tail'({ client, kronos }) {
    const seen = []
    setTimeout(() => client.put('tailed', { '@time': TIME + 9n, n: 'later' }), 100)
    await client.put('tailed', count(2))
    for await (const { n } of client.tail('tailed', { from: TIME, pollInterval: 50 }))
      if (seen.push(n) === 3) break
    equal(kronos, seen, [0, 1, 'later'])
  },

  async 'streams, namespaces, schema, histogram, index'({ client, kronos }) {
    await client.put('described', count(3))
    const streams = []
    for await (const stream of client.getStreams()) streams.push(stream)
    equal(kronos, streams.includes('described'), true)
    const namespaces = []
    for await (const namespace of client.getNamespaces()) namespaces.push(namespace)
    equal(kronos, namespaces, NAMESPACES)
    equal(kronos, (await client.inferSchema('described')).schema.properties.n.type, 'integer')
    equal(kronos, (await client.histogram('described', TIME, TIME + 1n))[0].count, 2)
    equal(kronos, (await client.index()).features.includes('end_id'), true)
  },

  async delete({ client, kronos }) {
    await client.put('deleted', count(3))
    const [{ num_deleted }] = Object.values((await client.delete('deleted', TIME, TIME + 1n)).deleted)
    equal(kronos, num_deleted, 2)
    equal(kronos, (await client.get('deleted').toArray()).length, 1)
  },

  async 'errors say what is wrong'({ client, kronos, target }) {
    const once = { retry: 0 }
    const url = String(target).startsWith('http') ? `${target}/nowhere` : 'http://127.0.0.1:1'
    const [invalid, refused, unreachable, aborted] = await Promise.all([
      failure(() => client.put('s', { n: Number.NaN })),
      failure(() => new kronos.KronosClient(url, once).index()),
      failure(() => new kronos.KronosClient('http://127.0.0.1:1', once).index()),
      failure(() => client.get('s', 0, 1, { signal: AbortSignal.abort('enough') }).toArray()),
    ])
    equal(kronos, [invalid instanceof kronos.KronosValidationError, invalid.field], [true, 'event.n'])
    if (url.endsWith('/nowhere')) equal(kronos, [refused.code, refused.status], ['http', 404])
    equal(kronos, unreachable instanceof kronos.KronosConnectionError, true)
    equal(kronos, aborted, 'enough')
    await client.close()
    equal(kronos, (await failure(() => client.index())).code, 'validation')
  },
}

const count = (length) => Array.from({ length }, (_, n) => ({ '@time': TIME + BigInt(n), n }))

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function failure(call) {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

function equal(kronos, actual, expected) {
  const [is, should] = [kronos.stringify(actual), kronos.stringify(expected)]
  if (is !== should) throw new Error(`${is} is not ${should}`)
}
