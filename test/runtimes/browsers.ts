import { startChromium } from '../browser/chromium.ts'
import { startFirefox } from './firefox.ts'
import { Unavailable } from './project.ts'
import type { Runtime } from './runtime.ts'
import { startWebKit } from './webkit.ts'

/** A browser that runs, as far as the suite needs it. */
export interface Browser {
  readonly version: string
  /** Opens a page and gives what a function in it answers to, which is text. */
  ask(url: string, expression: string): Promise<string>
  close(): Promise<void>
}

const BROWSERS = { Chromium: startPlaywright, Firefox: startFirefox, WebKitGTK: startWebKit }
const PLACES = ['page', 'worker', 'service worker']

async function startPlaywright(): Promise<Browser> {
  const browser = await startChromium().catch((error: Error) => {
    throw new Unavailable(error.message)
  })
  return {
    version: browser.version(),
    async ask(url, expression) {
      const page = await browser.newPage()
      await page.goto(url)
      return page.evaluate<string>(expression)
    },
    close: () => browser.close(),
  }
}

export const PAGES: Runtime[] = Object.entries(BROWSERS).flatMap(([browserName, start]) =>
  PLACES.map((place) => ({
    name: `${browserName}, ${place}`,
    async run({ url, origin }) {
      const browser = await start()
      try {
        const expression = `runIn(${JSON.stringify(place)}, ${JSON.stringify(url)})`
        const failures = JSON.parse(await browser.ask(origin, expression)) as string[]
        const ran = [place === 'page' ? 'script bundle' : 'client', 'IndexedDB queue']
        return { version: browser.version, ran, failures }
      } finally {
        await browser.close()
      }
    },
  })),
)
