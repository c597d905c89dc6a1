import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { KronosClient } from '../../src/index.ts'
import { startChromium } from './chromium.ts'
import { findBarriers, openPage, readRows, startServer } from './explorer.ts'

const run = promisify(execFile)
let browser: Browser
let url: string
let client: KronosClient

beforeAll(async () => {
  browser = await startChromium()
})
afterAll(() => browser.close())

async function start(...args: string[]): Promise<string> {
  const server = await startServer(...args)
  onTestFinished(() => server.stop())
  return server.url
}

beforeEach(async () => {
  url = await start()
  client = new KronosClient(url)
})

const open = (hash = '', options = {}) => openPage(browser, `${url}/${hash}`, options)
const countOf = (page: Page, text: string) =>
  page.locator('.stream').getByText(text, { exact: true }).waitFor()
const times = async (page: Page) => (await readRows(page)).map(([, n]) => Number(n))

describe('delete', () => {
  it('says the range and the count, and wants the name typed', async () => {
    await client.put(
      's',
      Array.from({ length: 50 }, (_, n) => ({ '@time': n * 1000, n })),
    )
    const page = await open('#stream=s&from=1970-01-01T00:00:10Z&to=1970-01-01T00:00:19Z')
    await countOf(page, '10 events')
    await page.getByRole('button', { name: 'Delete…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete events' })
    await dialog.getByText('1970-01-01 00:00:10 UTC').waitFor()
    await dialog.getByText('1970-01-01 00:00:19 UTC, inclusive').waitFor()
    const button = dialog.getByRole('button', { name: 'Delete 10 events' })
    expect(await button.isDisabled()).toBe(true)
    const input = dialog.getByLabel('Type the stream')
    await input.fill('S')
    await input.press('Enter')
    expect(await button.isDisabled()).toBe(true)
    await input.fill('s')
    await button.click()
    await page.getByText('Deleted 10 events').waitFor()
    await page.getByText('No event in this range').waitFor()
    const left = await client.get('s').toArray()
    expect(left.map(({ n }) => n)).toEqual(
      Array.from({ length: 50 }, (_, n) => n).filter((n) => n < 10 || n > 19),
    )
  })

  it('changes nothing when it is left by Escape', async () => {
    await client.put('s', { n: 1 })
    const page = await open('#stream=s')
    await countOf(page, '1 events')
    await page.getByRole('button', { name: 'Delete…' }).click()
    await page.getByLabel('Type the stream').fill('s')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(await client.get('s').toArray()).toHaveLength(1)
  })
})

describe('the live tail', () => {
  it('shows what comes on top, waits while it is paused, counts what came, and loses none', async () => {
    await client.put('s', { n: 0 })
    const page = await open('#stream=s')
    await countOf(page, '1 events')
    await page.keyboard.press('l')
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    expect(page.url()).toContain('live=1')
    await client.put('s', { n: 1 })
    await client.put('s', { n: 2 })
    await expect.poll(() => times(page), { timeout: 8000 }).toEqual([2, 1, 0])
    await page.keyboard.press('p')
    for (let n = 3; n < 8; n++) await client.put('s', { n })
    await page.getByText('Paused: 5 came meanwhile').waitFor()
    expect(await times(page)).toEqual([2, 1, 0])
    await page.getByRole('button', { name: 'Go on (5)' }).click()
    await expect.poll(() => times(page)).toEqual([7, 6, 5, 4, 3, 2, 1, 0])
    await page.getByText('7 came').waitFor()
    // The histogram follows.
    await countOf(page, '8 events')
    await page.keyboard.press('l')
    await page.getByRole('button', { name: 'Pause' }).waitFor({ state: 'detached' })
    expect(page.url()).not.toContain('live')
  })

  it('leaves what is looked at where it is', async () => {
    await client.put(
      's',
      Array.from({ length: 500 }, (_, n) => ({ '@time': n * 1000, n })),
    )
    const page = await open('#stream=s&live=1')
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.locator('#row-1').waitFor()
    await page.getByRole('grid').evaluate((grid) => grid.scrollTo(0, 3200))
    const place = (n: number) =>
      page
        .getByRole('gridcell', { name: String(n), exact: true })
        .evaluate((cell) => cell.getBoundingClientRect().top)
    await page.getByRole('gridcell', { name: '395', exact: true }).waitFor()
    const before = await place(395)
    await client.put(
      's',
      Array.from({ length: 7 }, (_, n) => ({ n: 1000 + n })),
    )
    await page.getByText('7 came').waitFor()
    expect(await place(395)).toBe(before)
  })

  it('keeps what came when it is read anew, and sees past an event from the future', async () => {
    await client.put('s', [{ n: 0 }, { n: 99, '@time': Date.now() + 3600_000 }])
    const page = await open('#stream=s&live=1')
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await client.put('s', [{ n: 1 }, { n: 2 }])
    await expect.poll(() => times(page), { timeout: 8000 }).toEqual([99, 2, 1, 0])
    await page.getByLabel('Field', { exact: true }).fill('n')
    await page.getByLabel('Comparison').selectOption('≥')
    await page.getByLabel('Value').fill('1')
    await page.getByRole('button', { name: 'Add' }).click()
    await expect.poll(() => times(page)).toEqual([99, 2, 1])
    await page.getByRole('button', { name: 'Live' }).click()
    await page.getByRole('button', { name: 'Time, UTC' }).click()
    await expect.poll(() => times(page)).toEqual([1, 2, 99])
  })

  it('filters what comes', async () => {
    await client.put('s', { n: 0 })
    const page = await open('#stream=s&live=1&filter=["n",">","5"]')
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    for (let n = 1; n < 9; n++) await client.put('s', { n })
    await expect.poll(() => times(page), { timeout: 8000 }).toEqual([8, 7, 6])
  })
})

describe('where there is nothing', () => {
  it('says what to do, and what it says works and shows up', async () => {
    const page = await open()
    await page.getByRole('heading', { name: 'Nothing in kronos yet' }).waitFor()
    expect(await findBarriers(page)).toEqual([])
    const command = await page.getByRole('region', { name: 'From a shell' }).locator('pre').textContent()
    await run('sh', ['-c', command!])
    await page.getByRole('link', { name: 'greetings' }).waitFor()
    await page.getByRole('link', { name: 'greetings' }).click()
    await page.getByRole('gridcell', { name: 'hello' }).waitFor()
  })

  it('has a program too, that works as it is copied', async () => {
    const page = await open('#stream=never&namespace=other')
    await page.getByRole('heading', { name: 'No event in never' }).waitFor()
    await page.getByRole('region', { name: 'From JavaScript' }).getByRole('button', { name: 'Copy' }).click()
    await page.getByText('Copied').waitFor()
    const program = await page.evaluate(() => navigator.clipboard.readText())
    const directory = mkdtempSync(join(tmpdir(), 'kronos-snippet-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    await run(process.execPath, ['--input-type=module', '-e', program], { cwd: resolve('.') })
    // It looks by itself.
    await page.getByRole('gridcell', { name: 'hello' }).waitFor()
    expect(await new KronosClient(url, { namespace: 'other' }).get('never').toArray()).toHaveLength(1)
  })
})

it('switches namespaces, and opens what there is', async () => {
  await new KronosClient(url, { namespace: 'shop' }).put('orders', { n: 1 })
  const page = await open()
  await page.getByRole('link', { name: 'orders' }).waitFor()
  expect(await page.getByLabel('Namespace').inputValue()).toBe('shop')
  await client.put('visits', { n: 1 })
  await page.keyboard.press('r')
  await expect
    .poll(() => page.getByLabel('Namespace').locator('option').allTextContents())
    .toEqual(['kronos', 'shop'])
  await page.getByLabel('Namespace').selectOption('kronos')
  await page.getByRole('link', { name: 'visits' }).click()
  await countOf(page, '1 events')
  expect(page.url()).toContain('#namespace=kronos&stream=visits')
})

describe('a token', () => {
  it('is asked for, kept for the tab, and never in the address', async () => {
    url = await start('--token', 'geheim', '--token', 'nur-shop:readonly:shop')
    await new KronosClient(url, { token: 'geheim' }).put('s', { n: 1 })
    await new KronosClient(url, { token: 'geheim', namespace: 'shop' }).put('orders', { n: 1 })
    const page = await open('#stream=s', { mayFail: true })
    const dialog = page.getByRole('dialog', { name: 'This server wants a token' })
    await dialog.waitFor()
    expect(await findBarriers(page)).toEqual([])
    await dialog.getByLabel('Token').fill('falsch')
    await dialog.getByLabel('Token').press('Enter')
    await dialog.getByText('The server refused that token.').waitFor()
    await dialog.getByLabel('Token').fill('geheim')
    await dialog.getByRole('button', { name: 'Go on' }).click()
    await countOf(page, '1 events')
    expect(page.url()).not.toContain('geheim')
    await page.reload()
    await countOf(page, '1 events')
    expect(await page.getByLabel('Namespace').locator('option').allTextContents()).toEqual(['kronos', 'shop'])
  })

  it('of one namespace opens that', async () => {
    url = await start('--token', 'geheim', '--token', 'nur-shop:readonly:shop')
    await new KronosClient(url, { token: 'geheim', namespace: 'shop' }).put('orders', { n: 1 })
    const page = await open('', { mayFail: true })
    const input = page.getByRole('textbox', { name: 'Token' })
    await input.fill('nur-shop')
    await input.press('Enter')
    await page.getByRole('link', { name: 'orders' }).click()
    await countOf(page, '1 events')
  })
})

it('shows text that is HTML or script as text', async () => {
  const attack = '<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>'
  const key = '<svg onload=globalThis.hacked=1>'
  await client.put('s.-_', {
    [key]: attack,
    'javascript:hacked': { [key]: [attack] },
    ['__proto__']: attack,
    escaped: '\u2028</script>&lt;b&gt;\u0000\u202e',
  })
  const page = await open('#stream=s.-_')
  await page.getByRole('gridcell', { name: attack }).first().click()
  await page.getByRole('region', { name: 'JSON' }).waitFor()
  expect(await page.getByRole('columnheader', { name: key, exact: true }).textContent()).toBe(key)
  await page.keyboard.press('s')
  await page.getByRole('rowheader', { name: key }).first().waitFor()
  const hash = `#stream=${encodeURIComponent(attack)}&namespace=${encodeURIComponent(attack)}`
  const filter = encodeURIComponent(JSON.stringify([attack, '=', attack]))
  const other = await open(`${hash}&search=${encodeURIComponent(attack)}`)
  await other.getByText('0 of 1 streams').waitFor()
  const third = await open(`#stream=s.-_&filter=${filter}&event=${encodeURIComponent(attack)}`)
  await third.getByRole('button', { name: 'Remove the filter' }).waitFor()
  for (const one of [other, third]) {
    expect(await one.evaluate(() => ['hacked' in globalThis, document.images.length])).toEqual([false, 0])
  }
  expect(await page.evaluate(() => ['hacked' in globalThis, document.images.length])).toEqual([false, 0])
})

describe('the server', () => {
  it('serves the page under a strict policy, to readers only', async () => {
    const response = await fetch(url)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const policy = response.headers.get('content-security-policy')!
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; connect-src 'self';/,
    )
    expect(policy).not.toContain('unsafe')
    const page = await open('', { mayFail: true })
    // A script of somebody else's, were one to get in.
    const inline = page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'globalThis.hacked = 1'
      document.body.append(script)
    })
    await expect(inline).rejects.toThrow(/TrustedScript/)
  })

  it.each([['--no-explorer'], ['--mode', 'collector']])('does not with %s', async (...args) => {
    const other = await start(...args)
    expect((await fetch(other)).status).toBe(args[0] === '--mode' ? 403 : 404)
    expect((await fetch(`${other}/healthz`)).status).toBe(200)
  })
})

it('says when the server is gone, and is there again when it is', async () => {
  const server = await startServer()
  await new KronosClient(server.url).put('s', { n: 1 })
  const page = await openPage(browser, `${server.url}/#stream=s`, { mayFail: true })
  await countOf(page, '1 events')
  await server.stop()
  await page.keyboard.press('r')
  await page.getByRole('alert').getByText('no answer from', { exact: false }).waitFor()
  const again = await startServer('--port', new URL(server.url).port)
  onTestFinished(() => again.stop())
  await new KronosClient(again.url).put('s', [{ n: 2 }, { n: 3 }])
  await page.keyboard.press('r')
  await countOf(page, '2 events')
})
