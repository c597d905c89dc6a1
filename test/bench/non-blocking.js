import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Analytics } from '@segment/analytics-node'
import { KronosClient } from 'kronos-js'
import { PostHog } from 'posthog-node'

const EVENTS = 20_000
const ROUNDS = 7

/** An event of about 200 bytes of JSON. */
const makeEvent = (n) => ({
  user: `user-${n % 5000}`,
  page: `/products/${n % 1000}?ref=newsletter&campaign=autumn-2026`,
  agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0)',
  duration: n / 7,
  tags: ['a', 'b'],
  ok: n % 3 === 0,
})

/** Non-blocking puts against the queues of other clients and one by hand; the server only reads the bodies. */
export async function measureNonBlocking() {
  const server = fork(new URL('./swallowing-server.js', import.meta.url))
  const [url] = await once(server, 'message')
  const events = Array.from({ length: EVENTS }, (_, n) => makeEvent(n))
  const queues = {
    'a queue by hand': () => makeQueue(url),
    'kronos-js, blocking: false': () => makeKronos(url),
    'posthog-node': () => makePostHog(url),
    '@segment/analytics-node': () => makeSegment(url),
  }
  const results = Object.fromEntries(Object.keys(queues).map((name) => [name, { put: [], all: [] }]))
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, make] of Object.entries(queues)) {
      const { put, end } = make()
      const startedAt = performance.now()
      for (let n = 0; n < EVENTS; n++) put(events[n])
      const putAt = performance.now()
      await end()
      const endedAt = performance.now()
      // The first round warms up.
      if (round === 0) continue
      results[name].put.push(putAt - startedAt)
      results[name].all.push(endedAt - startedAt)
    }
  }
  server.send('count')
  const [received] = await once(server, 'message')
  server.kill()
  for (const name of Object.keys(queues)) {
    // Each event has one of its own texts in it, whatever is around it.
    if (!(received[name] >= EVENTS * (ROUNDS + 1)))
      throw new Error(`the server saw ${received[name]} events of ${name}`)
  }
  print(results)
}

function print(results) {
  const byHand = results['a queue by hand']
  const [put, all] = [median(byHand.put), median(byHand.all)]
  console.log(`\nput of ${EVENTS} events of about 200 bytes without waiting, medians of ${ROUNDS} rounds`)
  for (const [name, times] of Object.entries(results)) {
    const enqueue = median(times.put)
    const whole = median(times.all)
    const cost = `${((enqueue / EVENTS) * 1000).toFixed(2)} µs an event (${(enqueue / put).toFixed(2)} × by hand)`
    const speed = `${((EVENTS / whole) * 1000).toFixed(0)} events/s (${(whole / all).toFixed(2)} × the time by hand)`
    console.log(`  ${name.padEnd(27)} ${cost.padEnd(38)} end to end ${speed}`)
  }
}

/** What one would write without a library: push, and at 1,000 stringify and fetch. */
function makeQueue(url) {
  let queue = []
  let sending = Promise.resolve()
  const send = () => {
    const body = JSON.stringify({ namespace: 'kronos', events: { s: queue } })
    queue = []
    sending = sending
      .then(() => fetch(`${url}/by-hand`, { method: 'POST', body }))
      .then((response) => response.text())
  }
  return {
    put(event) {
      queue.push({ '@time': Date.now() * 10_000, ...event })
      if (queue.length === 1000) send()
    },
    async end() {
      if (queue.length > 0) send()
      await sending
    },
  }
}

function makeKronos(url) {
  const client = new KronosClient(`${url}/kronos`, { blocking: false, library: false })
  return {
    put: (event) => client.put('s', event),
    async end() {
      const { queued, dropped } = await client.close({ timeout: 60_000 })
      if (queued + dropped > 0) throw new Error('kronos-js did not deliver')
    },
  }
}

function makePostHog(url) {
  const client = new PostHog('key', {
    host: `${url}/posthog`,
    flushAt: 1000,
    maxBatchSize: 1000,
    maxQueueSize: EVENTS * 2,
    disableGeoip: true,
    disableCompression: true,
  })
  return {
    put: (properties) => client.capture({ distinctId: 'user', event: 's', properties }),
    end: () => client.shutdown(60_000),
  }
}

function makeSegment(url) {
  const client = new Analytics({
    writeKey: 'key',
    host: url,
    path: '/segment',
    flushAt: 1000,
    flushInterval: 100,
    disable: false,
  })
  return {
    put: (properties) => client.track({ userId: 'user', event: 's', properties }),
    end: () => client.closeAndFlush({ timeout: 60_000 }),
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
