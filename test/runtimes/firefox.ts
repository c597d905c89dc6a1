import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebSocket from 'ws'
import type { Browser } from './browsers.ts'
import { Unavailable } from './project.ts'

const BINARY = process.env['FIREFOX_PATH'] ?? '/usr/bin/firefox-esr'

/** Starts Debian's Firefox, or that of `FIREFOX_PATH`, and drives it over WebDriver BiDi. */
export async function startFirefox(): Promise<Browser> {
  if (!existsSync(BINARY)) throw new Unavailable(`no Firefox at ${BINARY}: apt-get install firefox-esr`)
  const profile = mkdtempSync(join(tmpdir(), 'kronos-firefox-'))
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0']
  const child = spawn(BINARY, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: profile },
  })
  const ended = once(child, 'exit')
  const socket = new WebSocket(`${await readAddress(child.stderr.setEncoding('utf8'))}/session`)
  await once(socket, 'open')
  const { capabilities } = await call(socket, 'session.new', { capabilities: {} })
  return {
    version: capabilities.browserVersion,
    async ask(url, expression) {
      const { contexts } = await call(socket, 'browsingContext.getTree', {})
      const { context } = contexts[0]
      await call(socket, 'browsingContext.navigate', { context, url, wait: 'complete' })
      const answer = await call(socket, 'script.evaluate', {
        expression,
        target: { context },
        awaitPromise: true,
      })
      if (answer.type !== 'success') throw new Error(answer.exceptionDetails.text)
      return answer.result.value
    },
    async close() {
      await call(socket, 'browser.close', {})
      await ended
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

async function readAddress(output: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const chunk of output) {
    text += chunk
    const [address] = /ws:\/\/\S+(?=\s)/.exec(text) ?? []
    if (address) return address
  }
  throw new Error(`Firefox ended: ${text}`)
}

let lastId = 0

/** A command of WebDriver BiDi, and its result. */
async function call(socket: WebSocket, method: string, params: object) {
  const id = ++lastId
  socket.send(JSON.stringify({ id, method, params }))
  for (;;) {
    const [data] = await once(socket, 'message')
    const message = JSON.parse(String(data))
    if (message.id !== id) continue
    if (message.type === 'error') throw new Error(`${method}: ${message.message}`)
    return message.result
  }
}
