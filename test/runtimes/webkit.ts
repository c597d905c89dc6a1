import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Browser } from './browsers.ts'
import { Unavailable } from './project.ts'

const MINI_BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'
const NEEDED = ['/usr/bin/WebKitWebDriver', '/usr/bin/Xvfb', MINI_BROWSER] as const

/** Starts Debian's WebKitGTK on a display of its own, and drives it over WebDriver. */
export async function startWebKit(): Promise<Browser> {
  const missing = NEEDED.find((path) => !existsSync(path))
  if (missing) throw new Unavailable(`no ${missing}: apt-get install webkit2gtk-driver xvfb`)
  const [screen, display] = await startScreen()
  const port = await findPort()
  const driver = spawn(NEEDED[0], [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: display,
      LIBGL_ALWAYS_SOFTWARE: '1',
      WEBKIT_DISABLE_DMABUF_RENDERER: '1',
    },
  })
  const call = async (method: string, path: string, body?: object) => {
    const init = { method, ...(body && { body: JSON.stringify(body) }) }
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init)
    const { value } = JSON.parse(await answer.text())
    if (value?.error) throw new Error(`${path}: ${value.error}: ${value.message}`)
    return value
  }
  await untilItAnswers(() => call('GET', '/status'))
  const options = { binary: MINI_BROWSER, args: ['--automation'] }
  const { sessionId, capabilities } = await call('POST', '/session', {
    capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
  })
  const session = `/session/${sessionId}`
  await call('POST', `${session}/timeouts`, { script: 100_000 })
  return {
    version: capabilities.browserVersion,
    async ask(url, expression) {
      await call('POST', `${session}/url`, { url })
      const script = `const done = arguments[0]; ${expression}.then(done, (error) => done('!' + error))`
      const answer: string = await call('POST', `${session}/execute/async`, { script, args: [] })
      if (answer.startsWith('!')) throw new Error(answer)
      return answer
    },
    async close() {
      await call('DELETE', session)
      driver.kill()
      screen.kill()
      await Promise.all([once(driver, 'exit'), once(screen, 'exit')])
    },
  }
}

/** An X server that draws nowhere, and its name. */
async function startScreen(): Promise<[ChildProcess, string]> {
  const args = ['-displayfd', '3', '-screen', '0', '1024x768x24', '-nolisten', 'tcp']
  const screen = spawn(NEEDED[1], args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const [number] = await once(screen.stdio[3]!, 'data')
  return [screen, `:${String(number).trim()}`]
}

/** WebKitWebDriver can't pick a free port by itself. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

async function untilItAnswers(ask: () => Promise<unknown>): Promise<void> {
  for (let attempts = 100; ; attempts--) {
    try {
      await ask()
      return
    } catch (error) {
      if (attempts === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
