// Puts numbered events for ever, and writes down each number once it is put: what is written down is accepted.
import { openSync, writeSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { KronosClient } from 'kronos-js'
import { fileQueue } from 'kronos-js/durable'

const [url, path, log, first] = process.argv.slice(2)
const accepted = openSync(log, 'a')
const client = new KronosClient(url, {
  blocking: false,
  flushInterval: 5,
  maxBatchEvents: 50,
  queue: fileQueue(path),
  retry: { minDelay: 5, maxDelay: 50 },
})
for (let n = Number(first); ; n++) {
  client.put(`s${n % 3}`, { n, text: 'x'.repeat(n % 300) })
  writeSync(accepted, `${n}\n`)
  if (n % 20 === 0) await setTimeout(n % 7)
}
