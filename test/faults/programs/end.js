// Puts, and ends in one way or another.
import { KronosClient } from 'kronos-js'
import { fileQueue } from 'kronos-js/durable'

const [url, how, path] = process.argv.slice(2)
const client = new KronosClient(url, {
  blocking: false,
  flushInterval: 60_000,
  exitTimeout: how === 'close' ? 60_000 : 1000,
  // An attempt that is under way holds a process by its socket.
  timeout: 500,
  ...(path ? { queue: fileQueue(path) } : {}),
  onError: (error, events) => console.log(error.message, events.length),
})
for (let n = 0; n < 2500; n++) client.put('s', { n })
if (how === 'exit') process.exit(3)
if (how === 'await') console.log(JSON.stringify(await client.flush()))
if (how === 'close') console.log(JSON.stringify(await client.close({ timeout: 200 })))
process.on('beforeExit', () => console.log('beforeExit'))
process.on('exit', () => console.log(JSON.stringify(process.cpuUsage())))
