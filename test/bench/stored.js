import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { startServer } from './kronos-server.js'

const EVENTS = 200_000
const MILLION = 1_000_000
const ROUNDS = 5
const QUERY = '{"stream":"s","start_time":0,"end_time":1000000000}'

/** What a server does with a million events: how fast it gives 200,000 of them, what it takes, how it starts. */
export async function measureStored() {
  const folder = mkdtempSync(join(tmpdir(), 'kronos-bench-'))
  const file = join(folder, 'k.db')
  let server = await startServer(['--file', file])
  await fill(server.url, 's', EVENTS)
  await measureReads(server.url, file)
  await fill(server.url, 'rest', MILLION - EVENTS)
  console.log(`\nresident memory of the server with a million events stored: ${residentMiB(server.pid)} MiB`)
  await read(server.url)
  console.log(`  and after a read of ${EVENTS}: ${residentMiB(server.pid)} MiB`)
  await server.stop()
  const starts = []
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = performance.now()
    server = await startServer(['--file', file])
    await (await fetch(`${server.url}/1.0/index`)).text()
    starts.push(performance.now() - startedAt)
    await server.stop()
  }
  console.log(`from start to first answer: ${median(starts).toFixed(0)} ms, median of ${ROUNDS}`)
  rmSync(folder, { recursive: true })
}

async function fill(url, stream, count) {
  for (let at = 0; at < count; at += 2000) {
    const events = Array.from(
      { length: 2000 },
      (_, n) =>
        `{"@time":${at + n},"user":${n * 7},"page":"/products/${n}","agent":"Mozilla/5.0 (X11; Linux x86_64)","duration":${n / 7}}`,
    )
    const body = `{"events":{"${stream}":[${events}]}}`
    const answer = await fetch(`${url}/1.0/events/put`, { method: 'POST', body })
    if (!(await answer.json())['@success']) throw new Error('a put failed')
  }
}

async function measureReads(url, file) {
  const direct = await serveRows(file)
  const times = { http: [], direct: [] }
  for (let round = 0; round <= ROUNDS; round++) {
    const http = await time(() => read(url))
    const rows = await time(() => drain(direct.port))
    // The first round warms up.
    if (round > 0) {
      times.http.push(http)
      times.direct.push(rows)
    }
  }
  direct.close()
  const [http, rows] = [median(times.http), median(times.direct)]
  const ratio = median(times.http.map((ms, n) => times.direct[n] / ms))
  const speed = (ms) => `${(EVENTS / ms / 1000).toFixed(2)} M events/s`
  console.log(`\nget of ${EVENTS} events to a raw HTTP reader: ${speed(http)}`)
  console.log(`  rows from SQLite, written to a socket: ${speed(rows)}; ratio ${ratio.toFixed(2)}`)
}

/** Reads rows one by one, and writes them to whoever connects. */
async function serveRows(file) {
  const database = new Database(file)
  const select = database.prepare('SELECT text FROM event WHERE stream = 1 ORDER BY time, tail')
  const server = createServer(async (socket) => {
    let text = ''
    for (const row of select.iterate()) {
      text += `${row.text}\r\n`
      if (text.length < 65_536) continue
      if (!socket.write(text)) await once(socket, 'drain')
      text = ''
    }
    socket.end(text)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: server.address().port, close: () => server.close() }
}

async function drain(port) {
  let size = 0
  for await (const chunk of connect(port, '127.0.0.1')) size += chunk.length
  if (size < EVENTS * 150) throw new Error('rows are missing')
}

async function read(url) {
  const sent = request(`${url}/1.0/events/get`, { method: 'POST' })
  sent.end(QUERY)
  const [answer] = await once(sent, 'response')
  let size = 0
  for await (const chunk of answer) size += chunk.length
  if (size < EVENTS * 150) throw new Error('events are missing')
}

async function time(run) {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

function residentMiB(pid) {
  return Math.round(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1] / 1024)
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
