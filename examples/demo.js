// Walks through everything that a Kronos client does, on a server of its own or on one that runs:
//   npm run demo
//   npm run demo -- --url http://localhost:8151
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { KronosClient, toISOString, toKronosTime } from 'kronos-js'
import { serve } from 'kronos-js/server'
import { sqliteStore } from 'kronos-js/sqlite'
import { drawBars, heading, show } from './demo-terminal.js'

const { values } = parseArgs({ options: { url: { type: 'string' } } })
const own = values.url ? undefined : await startServer()
try {
  await walkThrough(values.url ?? own.url)
} finally {
  await own?.stop()
}

async function startServer() {
  const directory = await mkdtemp(join(tmpdir(), 'kronos-demo-'))
  const store = sqliteStore(join(directory, 'kronos.db'))
  const server = await serve({ store, port: 0 })
  return {
    url: server.url,
    async stop() {
      await server.close()
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
}

async function walkThrough(url) {
  // A namespace of its own, so that nothing of a running server is touched or left behind.
  const namespace = `demo-${Date.now()}`
  const start = new Date()
  const later = (seconds) => new Date(start.getTime() + seconds * 1000)

  heading('Create a client')
  const client = new KronosClient(url, { namespace })
  show(`const client = new KronosClient('${url}', { namespace })`, await client.index())

  heading('Put events into two streams')
  const put = await client.put({
    'yourproduct.website.pageviews': [
      {
        source: 'http://test.com',
        browser: { name: 'Firefox', version: 26 },
        pages: ['page1.html', 'page2.html'],
      },
    ],
    'yourproduct.website.clicks': [
      { user: 40, num_clicks: 7 },
      { user: 42, num_clicks: 2 },
    ],
  })
  show(
    `await client.put({
  'yourproduct.website.pageviews': [
    { source: 'http://test.com',
      browser: { name: 'Firefox', version: 26 },
      pages: ['page1.html', 'page2.html'] }],
  'yourproduct.website.clicks': [
    { user: 40, num_clicks: 7 },
    { user: 42, num_clicks: 2 }] })`,
    put,
  )

  heading('Put an event with a timestamp of its own')
  const clicks = 'yourproduct.website.clicks'
  const timed = await client.put(clicks, { user: 35, num_clicks: 10, '@time': later(5) })
  show(`await client.put(clicks, { user: 35, num_clicks: 10, '@time': later(5) })`, timed)

  heading('Get events, to the tick of 100 ns')
  const end = later(600)
  show(
    'for await (const event of client.get(clicks, start, end)) show(event)',
    ...(await client.get(clicks, start, end).toArray()),
  )

  heading('Newest first')
  show(
    `client.get(clicks, start, end, { order: 'descending' })`,
    ...(await client.get(clicks, start, end, { order: 'descending' }).toArray()),
  )

  heading('Only one')
  show(
    `client.get(clicks, start, end, { order: 'descending', limit: 1 })`,
    ...(await client.get(clicks, start, end, { order: 'descending', limit: 1 }).toArray()),
  )

  heading('List the streams')
  const streams = []
  for await (const stream of client.getStreams()) streams.push(stream)
  show('for await (const stream of client.getStreams()) show(stream)', ...streams)

  heading('Infer a schema')
  show(`(await client.inferSchema(clicks)).schema`, (await client.inferSchema(clicks)).schema)

  heading('Delete a range of time')
  show('await client.delete(clicks, later(4), end)', await client.delete(clicks, later(4), end))

  heading('Get again')
  show('client.get(clicks, start, end)', ...(await client.get(clicks, start, end).toArray()))

  heading('A real data set: the earthquakes of a week')
  await answerWithEarthquakes(client)

  for await (const stream of client.getStreams()) await client.delete(stream, toKronosTime(0), later(600))
  await client.close()
}

async function answerWithEarthquakes(client) {
  // The package names its code only; the data lies beside it.
  const code = createRequire(import.meta.url).resolve('vega-datasets')
  const { features } = JSON.parse(await readFile(join(dirname(code), '../data/earthquakes.json'), 'utf8'))
  const quakes = features.map(({ properties: { time, mag, place } }) => ({ '@time': time, mag, place }))
  show(
    `const quakes = features.map(({ properties: { time, mag, place } }) =>
  ({ '@time': time, mag, place }))
await client.put('usgs.earthquakes', quakes)`,
    await client.put('usgs.earthquakes', quakes),
  )

  heading('Which days shook most?')
  const days = new Map()
  for await (const event of client.get('usgs.earthquakes')) {
    const day = toISOString(event['@time']).slice(0, 10)
    days.set(day, (days.get(day) ?? 0) + 1)
  }
  show(`const days = new Map()
for await (const event of client.get('usgs.earthquakes')) {
  const day = toISOString(event['@time']).slice(0, 10)
  days.set(day, (days.get(day) ?? 0) + 1)
}`)
  drawBars(days)
  const [largest] = (await client.get('usgs.earthquakes').toArray()).sort((a, b) => b.mag - a.mag)
  console.log(`\nThe largest: magnitude ${largest.mag}, ${largest.place},\n${toISOString(largest['@time'])}.`)
}
