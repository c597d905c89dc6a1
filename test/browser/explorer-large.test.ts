import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { KronosClient } from '../../src/index.ts'
import { startChromium } from './chromium.ts'
import { type Explorer, openPage, readRows, startServer } from './explorer.ts'

const COUNT = 1_000_000
const BATCH = 20_000
/** What a browser calls a long task begins at 50 ms; what people notice while they scroll, at this. */
const MAX_TASK_MS = 200

let browser: Browser
let server: Explorer

/** An event a second, from 2026-01-01 on. */
const makeEvent = (n: number) => ({
  '@time': Date.UTC(2026, 0, 1) + n * 1000,
  n,
  host: `host-${n % 97}`,
  status: n % 1000 === 0 ? 500 : 200,
  request: { path: `/items/${n % 5003}`, ms: (n * 7919) % 1000 },
})

beforeAll(async () => {
  ;[browser, server] = await Promise.all([startChromium(), startServer()])
  const client = new KronosClient(server.url)
  for (let first = 0; first < COUNT; first += BATCH) {
    await client.put(
      'generated',
      Array.from({ length: BATCH }, (_, n) => makeEvent(first + n)),
    )
  }
}, 180_000)
afterAll(async () => {
  await browser.close()
  await server.stop()
})

const open = (hash: string) => openPage(browser, `${server.url}/${hash}`)
const countOf = (page: Page, text: string) =>
  page.locator('.stream').getByText(text, { exact: true }).waitFor()

// A task that the page makes long is long each time; one that a busy machine makes long is not.
it('scrolls through 100,000 of a million events, without a long task', {
  retry: 2,
  timeout: 60_000,
}, async () => {
  const page = await open('#stream=generated')
  await countOf(page, '1,000,000 events')
  await page.getByText('100,000 rows · a table holds no more', { exact: false }).waitFor()
  await page.evaluate(() => {
    const tasks: number[] = []
    Object.assign(globalThis, { tasks })
    new PerformanceObserver((list) =>
      tasks.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({
      type: 'longtask',
    })
  })
  const grid = page.getByRole('grid')
  const box = (await grid.boundingBox())!
  await page.mouse.move(box.x + 200, box.y + 200)
  for (let n = 0; n < 40; n++) await page.mouse.wheel(0, 1500)
  // Far away, where nothing has been read yet.
  for (const part of [0.3, 0.7, 1, 0.5, 1]) {
    await grid.evaluate((element, at) => element.scrollTo(0, element.scrollHeight * at), part)
    await page.waitForTimeout(150)
  }
  const last = COUNT - 100_000
  await expect.poll(async () => (await readRows(page)).at(-1)?.[1], { timeout: 20_000 }).toBe(String(last))
  for (let n = 0; n < 40; n++) await page.mouse.wheel(0, -4000)
  await page.waitForTimeout(200)
  const tasks = await page.evaluate(() => (globalThis as unknown as { tasks: number[] }).tasks)
  expect(tasks.filter((duration) => duration > MAX_TASK_MS)).toEqual([])
  // No more rows than are in view, and some around them.
  expect((await readRows(page)).length).toBeLessThan(60)
})

it('finds some among a million, and says how far it has looked', async () => {
  const page = await open(`#stream=generated&filter=${encodeURIComponent('["status","=","500"]')}`)
  await expect.poll(async () => (await readRows(page))[0]?.[1]).toBe('999000')
  await page.getByText('events looked at so far', { exact: false }).waitFor()
  await page.getByLabel('From, UTC').fill('2026-01-01')
  await page.getByLabel('To, UTC').fill('2026-01-01 01:00')
  await page.getByRole('button', { name: 'Apply' }).click()
  await page.getByText('4 rows · 3,601 events were looked at').waitFor()
})

it('reads no further than somebody looks', async () => {
  const page = await open('#stream=generated')
  let bytes = 0
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  session.on('Network.dataReceived', ({ dataLength }) => {
    bytes += dataLength
  })
  await page.reload()
  await page.locator('#row-1').waitFor()
  await page.waitForTimeout(500)
  // A million events are some 200 MB.
  expect(bytes).toBeLessThan(20_000_000)
})
