import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'

/** Whether this is the long run: `npm run test:soak`. */
export const SOAK = process.env['KRONOS_SOAK'] === '1'

const SERVE = [resolve('dist/bin.js'), 'serve', '--port', '0', '--log', 'off']

/** A `kronos serve` in a process of its own. */
export interface ServerProcess {
  readonly child: ChildProcess
  readonly url: string
  readonly stderr: () => string
  /** Sends a signal and waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>
}

/** Starts it by the command given before it, `strace` say, and waits until it listens. */
export async function startServer(
  args: readonly string[],
  before: readonly string[] = [],
): Promise<ServerProcess> {
  const [command, ...rest] = [...before, process.execPath, ...SERVE, ...args]
  const child = spawn(command!, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'close')
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  while (!stderr.includes('listening') && child.exitCode === null) {
    await Promise.race([once(child.stderr, 'data'), ended])
  }
  const url = /http:\S+\d/.exec(stderr)?.[0]
  if (!url) throw new Error(`the server did not start: ${stderr}`)
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
  }
  onTestFinished(() => kill('SIGKILL'))
  return { child, url, stderr: () => stderr, kill }
}

/** A folder that is gone after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kronos-faults-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Posts to a server; `undefined` when it goes away before it has answered. */
export async function post(
  url: string,
  path: string,
  body: unknown,
): Promise<{ status: number; body: string } | undefined> {
  try {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(url + path, { method: 'POST', body: text })
    return { status: response.status, body: await response.text() }
  } catch {
    return undefined
  }
}

/** The events of a stream as numbers, by their field `n`. */
export async function readNumbers(url: string, stream: string): Promise<number[]> {
  const query = { stream, start_time: 0, end_time: 10 ** 15, end: true }
  const answer = await post(url, '/1.0/events/get', query)
  const lines = answer!.body.trimEnd().split('\r\n')
  if (answer!.status !== 200 || !lines.pop()!.includes('"@end"'))
    throw new Error(`no whole answer: ${answer!.body}`)
  return lines.map((line) => JSON.parse(line).n)
}
