import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import axe from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { KronosClient } from '../../src/index.ts'

/** A `kronos serve` of its own, as built. */
export interface Explorer {
  url: string
  stop(): Promise<void>
}

export async function startServer(...args: string[]): Promise<Explorer> {
  const command = [resolve('dist/bin.js'), 'serve', '--port', '0', '--store', 'memory', ...args]
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] })
  const exit = once(child, 'exit')
  const [line] = await once(child.stderr, 'data')
  return {
    url: /http:\S+\d/.exec(String(line))![0],
    async stop() {
      child.kill('SIGTERM')
      await exit
    },
  }
}

/** A page of the explorer. The test fails on whatever it complains of, and if it asks anybody else for anything. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { mayFail?: boolean } = {},
): Promise<Page> {
  const { mayFail, ...contextOptions } = options
  const context = await browser.newContext({ viewport: { width: 1360, height: 850 }, ...contextOptions })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    // That an answer is an error is the browser's to say, and some tests want it.
    const expected = mayFail && /^Failed to load resource|requires 'TrustedScript'/.test(message.text())
    if (['error', 'warning'].includes(message.type()) && !expected) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== new URL(url).origin) {
      complaints.push(`asks ${request.url()}`)
    }
  })
  onTestFinished(async () => {
    await context.close()
    expect(complaints).toEqual([])
  })
  await page.goto(url)
  return page
}

/** What axe finds. */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
  )
}

/** The texts of all rows that are in view. */
export function readRows(page: Page): Promise<string[][]> {
  return page
    .locator('.body [role=row]')
    .evaluateAll((rows) =>
      rows
        .sort((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex))
        .map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
    )
}

type Row = Record<string, unknown>

function readData<Data>(name: string): Data {
  // The package names its code only; the data lies beside it.
  const code = createRequire(import.meta.url).resolve('vega-datasets')
  return JSON.parse(readFileSync(join(dirname(code), `../data/${name}.json`), 'utf8'))
}

/** Puts the earthquakes of a week, and 20,000 flights. */
export async function putRealData(url: string): Promise<void> {
  const client = new KronosClient(url)
  const { features } = readData<{ features: { properties: Row & { time: number } }[] }>('earthquakes')
  const quakes = features.map(({ properties: { time, ...quake } }) => ({ '@time': time, ...quake }))
  const flights = readData<(Row & { date: string })[]>('flights-20k').map(({ date, ...flight }) => ({
    '@time': new Date(`${date} UTC`),
    ...flight,
  }))
  await client.put({ 'usgs.earthquakes': quakes, 'us.flights': flights })
}
