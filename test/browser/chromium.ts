import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const FLAGS =
  '--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync'

/** Starts Debian's Chromium, or that of `CHROMIUM_PATH`; `more` are flags. */
export function startChromium(more: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  if (!existsSync(executablePath))
    throw new Error(`no Chromium at ${executablePath}: apt-get install chromium`)
  // Playwright turns the back/forward cache off, which pages of the real world have.
  return chromium.launch({
    executablePath,
    args: [...FLAGS.split(' '), ...more],
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
}
