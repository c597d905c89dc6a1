// Takes the README's picture of the explorer, of real data on a server of its own: npm run screenshot
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { KronosClient } from 'kronos-js'
import { memoryStore } from 'kronos-js/memory'
import { serve } from 'kronos-js/server'
import { chromium } from 'playwright-core'

const PICTURE = 'docs/explorer.png'
const OTHERS = [
  'api.errors',
  'api.requests',
  'billing.invoices',
  'site.clicks',
  'site.pageviews',
  'us.flights',
]

const server = await serve({ store: memoryStore(), port: 0, explorer: true })
const client = new KronosClient(server.url)
const data = join(
  dirname(createRequire(import.meta.url).resolve('vega-datasets')),
  '../data/earthquakes.json',
)
const { features } = JSON.parse(await readFile(data, 'utf8'))
const quakes = features.map(
  ({ properties: { mag, place, magType, status, time, sig, ...rest }, geometry }) => {
    const [longitude, latitude, depth] = geometry.coordinates
    return { '@time': time, mag, magType, place, status, sig, depth, longitude, latitude, url: rest.url }
  },
)
await client.put('usgs.earthquakes', quakes)
for (const stream of OTHERS) await client.put(stream, { n: 1 })

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium'
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 780 } })
  await page.goto(`${server.url}/#stream=usgs.earthquakes&filter=["mag","≥","2.5"]`)
  await page.getByText('events were looked at').waitFor()
  await page.locator('#row-3').click()
  await page.getByRole('region', { name: 'JSON' }).waitFor()
  await page.locator('.u-over').hover({ position: { x: 420, y: 60 } })
  await mkdir(dirname(PICTURE), { recursive: true })
  await page.screenshot({ path: PICTURE })
} finally {
  await browser.close()
  await server.close()
}
console.log(PICTURE)
