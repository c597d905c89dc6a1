import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { serve } from '../../src/server.ts'

export const COMMAND = resolve('dist/bin.js')

interface RunOptions {
  input?: string
  env?: Record<string, string>
}

/** What a command wrote, and its exit code. */
export interface Ran {
  stdout: string
  stderr: string
  code: number | null
}

export function start(args: readonly string[], env: Record<string, string> = {}) {
  const { PATH } = process.env
  const child = spawn(process.execPath, [COMMAND, ...args], { env: { PATH, TZ: 'UTC', ...env } })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Runs the command as a process of its own, its output to pipes. */
export async function run(args: readonly string[], { input = '', env }: RunOptions = {}): Promise<Ran> {
  const child = start(args, env)
  const ran: Ran = { stdout: '', stderr: '', code: null }
  child.stdout.setEncoding('utf8').on('data', (text) => (ran.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (ran.stderr += text))
  child.stdin.on('error', () => {}).end(input)
  ;[ran.code] = await once(child, 'close')
  return ran
}

/** Runs the command on a terminal, and gives all that it shows there. */
export async function runOnTerminal(args: readonly string[], { input, env }: RunOptions = {}): Promise<Ran> {
  const { PATH } = process.env
  const line = [process.execPath, COMMAND, ...args].map((word) => `'${word}'`).join(' ')
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    env: { PATH, TZ: 'UTC', TERM: 'xterm', SHELL: '/bin/sh', ...env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ran: Ran = { stdout: '', stderr: '', code: null }
  let asked = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    ran.stdout += text.replaceAll('\r\n', '\n')
    // Only once it has asked: what comes before is for nobody.
    if (input === undefined || asked || !ran.stdout.includes('Type yes: ')) return
    asked = true
    child.stdin.write(input)
  })
  ;[ran.code] = await once(child, 'close')
  return ran
}

/** A server on a socket, and a client of it. */
export async function startServer(): Promise<{ url: string; client: KronosClient }> {
  const server = await serve({ store: memoryStore(), port: 0 })
  onTestFinished(() => server.close())
  return { url: server.url, client: new KronosClient(server.url, { library: false }) }
}
