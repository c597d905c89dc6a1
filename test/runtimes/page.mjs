// For a page that has the global `kronos` by its script tag.
import { runScenario } from './scenario.mjs'

const { kronos } = globalThis

const PLACES = {
  page: (url) => runScenario(kronos, url, () => kronos.indexedDBQueue({ name: 'page' })),
  worker: (url) => ask(new Worker('/worker.js'), url, 'worker'),
  async 'service worker'(url) {
    await navigator.serviceWorker.register('/worker.js')
    const { active } = await navigator.serviceWorker.ready
    return ask(active, url, 'service-worker')
  },
}

function ask(worker, url, queue) {
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => resolve(data)
    worker.onerror = (event) => reject(new Error(event.message))
    worker.postMessage({ url, queue }, [port2])
  })
}

globalThis.runIn = async (place, url) => JSON.stringify(await PLACES[place](url))
