import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KronosClient, toKronosTime } from '../../src/index.ts'
import { startChromium } from './chromium.ts'
import { type Explorer, findBarriers, openPage, putRealData, readRows, startServer } from './explorer.ts'

let browser: Browser
let server: Explorer
let client: KronosClient
const directory = mkdtempSync(join(tmpdir(), 'kronos-explorer-'))

beforeAll(async () => {
  ;[browser, server] = await Promise.all([
    startChromium(),
    startServer('--store', 'sqlite', '--file', join(directory, 'kronos.db')),
  ])
  client = new KronosClient(server.url)
  await putRealData(server.url)
})
afterAll(async () => {
  await browser.close()
  await server.stop()
  rmSync(directory, { recursive: true })
})

const QUAKES = '#stream=usgs.earthquakes'
const FLIGHTS = '#stream=us.flights'
const open = (hash = '', options = {}) => openPage(browser, `${server.url}/${hash}`, options)
const countOf = (page: Page, text: string) =>
  page.locator('.stream').getByText(text, { exact: true }).waitFor()
const fields = (page: Page) => new URLSearchParams(new URL(page.url()).hash.slice(1))

describe('streams', () => {
  it('are listed, and searched by /', async () => {
    const page = await open()
    await page.getByText('2 streams').waitFor()
    await page.getByRole('heading', { name: 'Choose a stream' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('QUAK')
    await page.getByText('1 of 2 streams').waitFor()
    expect(await page.locator('nav a').allTextContents()).toEqual(['usgs.earthquakes'])
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'usgs.earthquakes' }).waitFor()
    expect(fields(page).get('search')).toBe('QUAK')
    await page.goBack()
    await page.getByRole('heading', { name: 'Choose a stream' }).waitFor()
  })

  it('open by a click', async () => {
    const page = await open()
    await page.getByRole('link', { name: 'us.flights' }).click()
    await countOf(page, '20,000 events')
    expect(await page.getByRole('link', { name: 'us.flights' }).getAttribute('aria-current')).toBe('page')
  })
})

describe('the histogram', () => {
  it('is zoomed by dragging, and out by z', async () => {
    const page = await open(FLIGHTS)
    await countOf(page, '20,000 events')
    const box = (await page.locator('.u-over').boundingBox())!
    await page.mouse.move(box.x + box.width * 0.25, box.y + 50)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.5, box.y + 50, { steps: 5 })
    await page.mouse.up()
    await page.waitForURL(/from=/)
    const [from, to] = [fields(page).get('from')!, fields(page).get('to')!]
    // Whole bars: days.
    expect(from).toMatch(/T00:00:00\.0000000Z$/)
    expect(to).toMatch(/T23:59:59\.9999999Z$/)
    const count = (await client.histogram('us.flights', from, to))[0]!.count
    expect(count).toBeGreaterThan(3000)
    expect(count).toBeLessThan(7000)
    await countOf(page, `${count.toLocaleString('en')} events`)
    await page.keyboard.press('z')
    await expect.poll(() => fields(page).get('from')).not.toBe(from)
    expect(toKronosTime(fields(page).get('from')!) < toKronosTime(from)).toBe(true)
  })

  it('says what it shows, in words and under the pointer', async () => {
    const page = await open(FLIGHTS)
    const words = await page.locator('.histogram [role=img]').getAttribute('aria-label')
    expect(words).toMatch(
      /^20000 events from 2001-01-01 00:00:00 to 2001-03-31 22:27:00 UTC; at most \d+ in a bar/,
    )
    const box = (await page.locator('.u-over').boundingBox())!
    await page.mouse.move(box.x + 3, box.y + 50)
    const [day] = await client.histogram('us.flights', '2001-01-01', '2001-01-01T23:59:59.9999999Z')
    await page.getByText(`${day!.count} 2001-01-01 00:00:00 – 2001-01-02 00:00:00`).waitFor()
  })
})

describe('the range', () => {
  it('has presets, to now', async () => {
    await client.put('now', [{ '@time': Date.now() - 2 * 3600_000, n: 1 }, { n: 2 }])
    const page = await open('#stream=now')
    await countOf(page, '2 events')
    await page.getByRole('button', { name: '1h', exact: true }).click()
    await countOf(page, '1 events')
    expect(fields(page).get('range')).toBe('1h')
    await page.getByRole('button', { name: '24h' }).click()
    await countOf(page, '2 events')
    await client.delete('now', 0, new Date())
  })

  it('has exact ends, both inclusive, and says what is no time', async () => {
    const events = await client.get('usgs.earthquakes', 0, undefined, { limit: 20, times: 'iso' }).toArray()
    const page = await open(QUAKES)
    const [from, to] = [page.getByLabel('From, UTC'), page.getByLabel('To, UTC')]
    await from.fill(events[4]!['@time'])
    await to.fill('yesterday')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('alert').getByText('to: expected an ISO 8601 date, got "yesterday"').waitFor()
    await to.fill(String(toKronosTime(events[9]!['@time'])))
    await to.press('Enter')
    await countOf(page, '6 events')
    expect(fields(page).get('from')).toBe(events[4]!['@time'])
    expect(fields(page).get('to')).toBe(events[9]!['@time'])
    await to.fill('2001-01-01')
    await to.press('Enter')
    await page.getByRole('alert').getByText('The range ends before it begins').waitFor()
  })

  it('without an event says what to do', async () => {
    const page = await open(`${QUAKES}&from=2001-01-01&to=2001-01-02`)
    await page.getByRole('heading', { name: 'No event in this range' }).waitFor()
    await page.getByRole('button', { name: 'Show all events' }).click()
    await countOf(page, '1,707 events')
  })
})

describe('the table', () => {
  it('has the schema’s columns, newest first, and turns', async () => {
    const page = await open(FLIGHTS)
    const newest = await client.get('us.flights', 0, undefined, { order: 'descending', limit: 1 }).toArray()
    const { delay, distance, origin, destination } = newest[0]!
    await expect
      .poll(async () => (await readRows(page))[0])
      .toEqual(['2001-03-31 22:27:00', delay, distance, origin, destination].map(String))
    const headers = await page.getByRole('columnheader').allTextContents()
    expect(headers).toEqual(['Time, UTC ↓', 'delay', 'distance', 'origin', 'destination'])
    await page.getByRole('button', { name: 'Time, UTC' }).click()
    await expect.poll(async () => (await readRows(page))[0]?.[0]).toBe('2001-01-01 00:47:00')
    expect(fields(page).get('order')).toBe('ascending')
    await page.keyboard.press('o')
    await expect.poll(async () => (await readRows(page))[0]?.[0]).toBe('2001-03-31 22:27:00')
  })

  it('is walked by j and k, and shows an event whole, to the digit', async () => {
    await client.put('exact', {
      n: 12345678901234567890n,
      '@time': 17950000000000001n,
      deep: { list: [1, null] },
    })
    let stored = ''
    for await (const text of client.get('exact').lines()) stored = text
    const page = await open('#stream=exact')
    await page.getByRole('gridcell', { name: '12345678901234567890' }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    const json = page.getByRole('region', { name: 'JSON' })
    await json.waitFor()
    const shown = (await json.textContent())!
    expect(shown).toContain('"n": 12345678901234567890')
    expect(shown).toContain('"@time": 17950000000000001')
    expect(shown.replace(/\s/g, '')).toBe(stored.replace(/\s/g, ''))
    await page.getByRole('button', { name: 'Copy JSON' }).click()
    await page.getByText('Copied').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(stored)
    await page.keyboard.press('Escape')
    await json.waitFor({ state: 'detached' })
    await client.delete('exact', 0, new Date())
  })

  it('moves by j and k with the event that is open', async () => {
    const page = await open(QUAKES)
    await page.getByRole('row').nth(3).click()
    const third = fields(page).get('event')
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await expect.poll(() => fields(page).get('event')).not.toBe(third)
    await page.keyboard.press('k')
    await page.keyboard.press('k')
    await expect.poll(() => fields(page).get('event')).toBe(third)
    expect(await page.getByRole('grid').getAttribute('aria-activedescendant')).toBe('row-2')
    await page.keyboard.press('c')
    await page.getByText('Copied').waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(third)
    for (let n = 0; n < 60; n++) await page.keyboard.press('j')
    await page.locator('#row-62[aria-selected=true]').waitFor()
    expect(await page.locator('#row-62').isVisible()).toBe(true)
  })
})

describe('filters', () => {
  it('compare numbers and texts, add up, and go', async () => {
    const events = await client.get('us.flights').toArray()
    const late = events.filter(({ delay }) => Number(delay) > 180)
    const lateToBoston = late.filter(({ destination }) => String(destination).includes('OS'))
    const page = await open(FLIGHTS)
    const add = async (field: string, operator: string, value: string) => {
      await page.keyboard.press('f')
      await page.keyboard.type(field)
      await page.getByLabel('Comparison').selectOption(operator)
      await page.getByLabel('Value').fill(value)
      await page.getByLabel('Value').press('Enter')
      await page.getByLabel('Value').blur()
    }
    await countOf(page, '20,000 events')
    await add('delay', '>', '180')
    await page.getByText(`${late.length} rows · 20,000 events were looked at`).waitFor()
    await add('destination', 'contains', 'os')
    await page.getByText(`${lateToBoston.length} rows`).waitFor()
    await page.getByRole('button', { name: 'Remove the filter delay > 180' }).click()
    expect(fields(page).getAll('filter')).toEqual(['["destination","contains","os"]'])
    await add('origin', '=', 'nowhere')
    await page.getByRole('heading', { name: 'No event passes the filters' }).waitFor()
  })
})

it('shows the schema by s', async () => {
  const page = await open(FLIGHTS)
  await countOf(page, '20,000 events')
  await page.keyboard.press('s')
  const rows = page.getByRole('region', { name: 'Schema' }).getByRole('row')
  await rows.first().waitFor()
  const texts = await rows.allTextContents()
  expect(texts.slice(0, 3)).toEqual(['FieldTypeIn all of them', '@idstringyes', '@timeintegeryes'])
  expect(texts).toEqual(
    expect.arrayContaining(['delayintegeryes', 'originstringyes', '@libraryobjectyes', 'namestringyes']),
  )
  await page.keyboard.press('s')
  await page.getByRole('grid').waitFor()
})

it('shows the same to whoever opens the link', async () => {
  const first = await open(QUAKES)
  await first.getByLabel('Field', { exact: true }).fill('mag')
  await first.getByLabel('Comparison').selectOption('≥')
  await first.getByLabel('Value').fill('5')
  await first.getByRole('button', { name: 'Add' }).click()
  await first.getByRole('button', { name: 'Time, UTC' }).click()
  await first.getByLabel('From, UTC').fill('2018-02-02')
  await first.getByRole('button', { name: 'Apply' }).click()
  await first.waitForURL(/from=/)
  await first.locator('.foot').getByText('events were looked at', { exact: false }).waitFor()
  await first.locator('#row-1').click()
  await first.getByRole('region', { name: 'JSON' }).waitFor()
  const second = await open(new URL(first.url()).hash)
  await second.getByRole('region', { name: 'JSON' }).waitFor()
  await second.locator('.foot').getByText('events were looked at', { exact: false }).waitFor()
  await expect.poll(() => readRows(second)).toEqual(await readRows(first))
  expect(await second.locator('main').ariaSnapshot()).toBe(await first.locator('main').ariaSnapshot())
  expect((await readRows(second)).length).toBeGreaterThan(5)
})

it('shows an event that is not among the rows', async () => {
  const [event] = await client.get('us.flights', 0, undefined, { limit: 1 }).toArray()
  const page = await open(`${FLIGHTS}&from=2001-03-01&to=2001-03-02&event=${event!['@id']}`)
  expect(await page.getByRole('region', { name: 'JSON' }).textContent()).toContain(event!['@id'])
})

describe('axe finds nothing', () => {
  const views: [string, string, (page: Page) => Promise<unknown>][] = [
    ['where no stream is open', '', (page) => page.getByRole('heading', { name: 'Choose' }).waitFor()],
    ['in a table', FLIGHTS, (page) => page.locator('#row-1').waitFor()],
    [
      'in a live table with filters and an event',
      `${QUAKES}&live=1&filter=["mag","≥","3"]`,
      async (page) => {
        await page.locator('#row-3').click()
        await page.getByRole('region', { name: 'JSON' }).waitFor()
      },
    ],
    ['in a schema', `${QUAKES}&tab=schema`, (page) => page.getByRole('region', { name: 'Schema' }).waitFor()],
    [
      'in an empty range',
      `${QUAKES}&from=2001-01-01&to=2001-01-02`,
      (page) => page.getByText('Show all').waitFor(),
    ],
    [
      'in the help',
      QUAKES,
      async (page) => {
        await page.locator('#row-1').waitFor()
        await page.keyboard.press('?')
        await page.getByRole('dialog', { name: 'Keys' }).waitFor()
      },
    ],
    [
      'in the question before a delete',
      QUAKES,
      async (page) => {
        await page.locator('#row-1').waitFor()
        await page.getByRole('button', { name: 'Delete…' }).click()
        await page.getByRole('button', { name: 'Delete 1,707 events' }).waitFor()
      },
    ],
  ]
  it.each(views)('%s: light, dark, and on a phone', async (_, hash, prepare) => {
    const page = await open(hash)
    await prepare(page)
    expect(await findBarriers(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await findBarriers(page)).toEqual([])
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await findBarriers(page)).toEqual([])
  })
})

it('fits a phone', async () => {
  const page = await open(QUAKES, { viewport: { width: 360, height: 740 }, hasTouch: true })
  await page.locator('#row-1').waitFor()
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(await wide()).toBe(0)
  await page.locator('#row-1').tap()
  await page.getByRole('region', { name: 'JSON' }).waitFor()
  expect(await wide()).toBe(0)
  await page.getByRole('button', { name: 'Close the event' }).tap()
  expect(await page.getByRole('link', { name: 'us.flights' }).isVisible()).toBe(false)
  await page.getByRole('button', { name: 'Streams' }).tap()
  await page.getByRole('link', { name: 'us.flights' }).tap()
  await countOf(page, '20,000 events')
  expect(await page.getByRole('link', { name: 'us.flights' }).isVisible()).toBe(false)
})
