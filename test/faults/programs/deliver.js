// Delivers what a queue has, and ends by itself.
import { KronosClient } from 'kronos-js'
import { fileQueue } from 'kronos-js/durable'

const [url, path] = process.argv.slice(2)
const client = new KronosClient(url, { blocking: false, queue: fileQueue(path) })
const report = await client.close({ timeout: 30_000 })
console.log(JSON.stringify({ ...report, ...client.stats() }))
