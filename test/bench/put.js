import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from './kronos-server.js'

const ROUNDS = 5

/** What is measured side by side: each event is about 200 bytes as it is stored. */
const SHAPES = [
  { name: 'batches of 1,000, 4 at a time', batch: 1000, concurrency: 4, events: 60_000 },
  { name: 'batches of 100, 16 at a time', batch: 100, concurrency: 16, events: 40_000 },
  { name: 'single puts, 50 at a time', batch: 1, concurrency: 50, events: 6_000 },
]

/** Puts over HTTP, against the same rows inserted into SQLite by prepared statements in one process. */
export async function measurePut() {
  const folder = mkdtempSync(join(tmpdir(), 'kronos-bench-'))
  const server = await startServer(['--file', join(folder, 'k.db')])
  console.log('\nput over HTTP, one SQLite file, durability full, against prepared statements in one process')
  for (const shape of SHAPES) {
    const speeds = { http: [], direct: [] }
    for (let round = 0; round <= ROUNDS; round++) {
      const http = shape.events / (await putAll(server.url, shape, round))
      const direct = shape.events / (await insertDirectly(join(folder, `${shape.batch}-${round}.db`), shape))
      // The first round warms up.
      if (round > 0) {
        speeds.http.push(http)
        speeds.direct.push(direct)
      }
    }
    const [http, direct] = [median(speeds.http), median(speeds.direct)]
    const ratio = median(speeds.http.map((speed, n) => speed / speeds.direct[n]))
    console.log(
      `  ${shape.name.padEnd(30)} ${format(http)} events/s, directly ${format(direct)}: ${ratio.toFixed(2)}`,
    )
  }
  await server.stop()
  rmSync(folder, { recursive: true })
}

let time = 17959104000000000n

function makeBody(batch) {
  const events = Array.from({ length: batch }, (_, n) => {
    const event = {
      '@time': 0,
      user: n * 7,
      page: `/products/${n % 1000}`,
      agent: 'Mozilla/5.0 (X11; Linux x86_64)',
      duration: n / 7,
    }
    return JSON.stringify(event).replace('"@time":0', `"@time":${time++}`)
  })
  return Buffer.from(`{"events":{"s":[${events}]}}`)
}

/** @returns seconds */
async function putAll(url, { batch, concurrency, events }) {
  // Made before, so that only the server is measured.
  const bodies = Array.from({ length: events / batch }, () => makeBody(batch))
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency })
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let body = bodies.pop(); body; body = bodies.pop()) await put(url, agent, body)
    }),
  )
  const seconds = (performance.now() - startedAt) / 1000
  agent.destroy()
  return seconds
}

async function put(url, agent, body) {
  const sent = request(`${url}/1.0/events/put`, { method: 'POST', agent })
  sent.end(body)
  const [answer] = await once(sent, 'response')
  answer.resume()
  await once(answer, 'end')
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`)
}

/** @returns seconds, as a process of its own measures them */
async function insertDirectly(file, { batch, concurrency, events }) {
  // A commit a batch; of single rows, as many as are on their way at a time.
  const perCommit = Math.max(batch, concurrency)
  const child = fork(new URL('./direct-inserts.js', import.meta.url), [file, perCommit, events].map(String))
  const [seconds] = await once(child, 'message')
  await once(child, 'exit')
  return seconds
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

function format(speed) {
  return Math.round(speed).toLocaleString('en')
}
