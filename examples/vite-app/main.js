import { KronosClient, toISOString } from 'kronos-js'

const client = new KronosClient(new URLSearchParams(location.search).get('kronos') ?? 'http://localhost:8151')
await client.put('vite.views', { path: location.pathname })

const hour = 3_600_000
const buckets = await client.histogram('vite.views', Date.now() - hour, Date.now(), { bucketWidth: 60_000 })
for (const { start, count } of buckets.filter(({ count }) => count > 0)) {
  const item = document.createElement('li')
  item.textContent = `${toISOString(start).slice(11, 16)} UTC: ${count}`
  document.querySelector('ul').append(item)
}
