import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createClient } from '@clickhouse/client'
import { KronosClient } from 'kronos-js'

const EVENTS = 200_000
const ROUNDS = 7

/** `get` of 200,000 events over loopback, against a loop written by hand and ClickHouse's client, on the same bytes. */
export async function measureGet() {
  const server = fork(new URL('./bytes-server.js', import.meta.url), [String(EVENTS)])
  const [url] = await once(server, 'message')
  const readers = {
    'a loop by hand': () => readByHand(url),
    'get, event by event': () => readEvents(url),
    'get, .batches()': () => readBatches(url),
    '@clickhouse/client': () => readClickHouse(url),
  }
  const times = Object.fromEntries(Object.keys(readers).map((name) => [name, []]))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, read] of Object.entries(readers)) {
      const startedAt = performance.now()
      const count = await read()
      if (count !== EVENTS) throw new Error(`${name} read ${count} events`)
      // The first round warms up.
      if (round > 0) times[name].push(performance.now() - startedAt)
    }
  }
  server.kill()
  const byHand = median(times['a loop by hand'])
  console.log(`\nget of ${EVENTS} events of about 250 bytes, medians of ${ROUNDS} rounds`)
  for (const [name, values] of Object.entries(times)) {
    const ms = median(values)
    const speed = `${(EVENTS / ms / 1000).toFixed(2)} M events/s`
    console.log(
      `  ${name.padEnd(20)} ${ms.toFixed(0).padStart(5)} ms  ${speed}  ${(ms / byHand).toFixed(2)} × by hand`,
    )
  }
}

async function readByHand(url) {
  const response = await fetch(`${url}/1.0/events/get`, {
    method: 'POST',
    body: '{"stream":"s","end_time":1}',
  })
  const decoder = new TextDecoder()
  let count = 0
  let rest = ''
  for await (const chunk of response.body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()
    for (const line of lines) if (JSON.parse(line)['@id']) count++
  }
  return count
}

async function readEvents(url) {
  let count = 0
  for await (const event of new KronosClient(url).get('s')) if (event['@id']) count++
  return count
}

async function readBatches(url) {
  let count = 0
  for await (const batch of new KronosClient(url).get('s').batches()) {
    for (const event of batch) if (event['@id']) count++
  }
  return count
}

async function readClickHouse(url) {
  const client = createClient({ url })
  const result = await client.query({ query: 'SELECT * FROM s', format: 'JSONEachRow' })
  let count = 0
  for await (const rows of result.stream()) for (const row of rows) if (row.json()['@id']) count++
  await client.close()
  return count
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
