// For a worker and a service worker, which answer with what failed.
import * as kronos from 'kronos-js'
import { indexedDBQueue } from 'kronos-js/durable'
import { runScenario } from './scenario.mjs'

addEventListener('message', ({ data, ports: [port] }) => {
  runScenario(kronos, data.url, () => indexedDBQueue({ name: data.queue })).then((failures) =>
    port.postMessage(failures),
  )
})
