import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { KronosClient } from '../../src/index.ts'

const COMMAND = resolve('dist/bin.js')
const directory = mkdtempSync(join(tmpdir(), 'kronos-command-'))
afterAll(() => rmSync(directory, { recursive: true }))

function run(...args: string[]) {
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: directory })
  onTestFinished(() => void child.kill('SIGKILL'))
  const result = { child, stdout: '', stderr: '', exit: once(child, 'close') }
  child.stdout.on('data', (chunk) => (result.stdout += chunk))
  child.stderr.on('data', (chunk) => (result.stderr += chunk))
  return result
}

async function start(...args: string[]) {
  const command = run('serve', '--port', '0', ...args)
  await once(command.child.stderr, 'data')
  return { ...command, command, url: /http:\S+\d/.exec(command.stderr)![0] }
}

it('keeps events in ./kronos.db, and ends cleanly on SIGTERM and SIGINT', async () => {
  for (const [count, signal] of [
    [1, 'SIGTERM'],
    [2, 'SIGINT'],
  ] as const) {
    const { command, url } = await start()
    expect(command.stderr).toBe(`kronos: listening at ${url}, events in kronos.db (sqlite)\n`)
    const client = new KronosClient(url)
    await client.put('s', { n: 1 })
    expect(await client.get('s').toArray()).toHaveLength(count)
    command.child.kill(signal)
    expect(await command.exit).toEqual([0, null])
    expect(command.stdout).toBe('')
    expect(existsSync(join(directory, 'kronos.db'))).toBe(true)
    // A clean end leaves nothing for recovery.
    const log = join(directory, 'kronos.db-wal')
    expect(existsSync(log) ? statSync(log).size : 0).toBe(0)
  }
})

it('takes its options', async () => {
  const { command, url } = await start(
    '--store',
    'memory',
    '--mode',
    'collector',
    '--namespaces',
    'a,b',
    '--token',
    'geheim',
  )
  expect(command.stderr).not.toContain('geheim')
  expect(command.stderr).toContain('in memory')
  const client = new KronosClient(url, { token: 'geheim', namespace: 'a' })
  await client.put('s', {})
  await expect(client.get('s').toArray()).rejects.toMatchObject({ status: 403 })
  await expect(client.put('s', {}, { namespace: 'c' })).rejects.toMatchObject({ status: 403 })
  await expect(new KronosClient(url).index()).rejects.toMatchObject({ status: 401 })
})

it.each<[string[], number, RegExp]>([
  [['serve', '--port', 'x'], 2, /A port is from 0 to 65535/],
  [['serve', '--store', 'paper'], 2, /Allowed choices are memory, sqlite/],
  [['serve', '--cors', 'example.com', '--store', 'memory'], 1, /options\.cors\.origins\[0\]/],
  [['serve', '--tokens-file', 'none'], 1, /none/],
  [['nonsense'], 2, /unknown command|too many arguments/],
])('kronos %j exits with %d', async (args, code, message) => {
  const command = run(...args)
  expect(await command.exit).toEqual([code, null])
  expect(command.stderr).toMatch(message)
  expect(command.stderr.trim().split('\n').length).toBeLessThan(3)
})

it('says in one line that the port is in use', async () => {
  const { url } = await start('--store', 'memory')
  const command = run('serve', '--store', 'memory', '--port', new URL(url).port)
  expect(await command.exit).toEqual([1, null])
  expect(command.stderr).toBe(`kronos: port ${new URL(url).port} of 127.0.0.1 is in use\n`)
})
