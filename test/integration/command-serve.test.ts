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
  [['serve', '--retain', '5x'], 2, /An age is like/],
  [['serve', '--log', 'loud'], 2, /Allowed choices are off, error/],
  [['backup', '--file', 'none.db', 'copy.db'], 1, /there is no none\.db/],
  [['serve', '--store', 'paper'], 2, /Allowed choices are memory, sqlite/],
  [['serve', '--cors', 'example.com', '--store', 'memory'], 2, /options\.cors\.origins\[0\]/],
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

it('deletes what is older than --retain', async () => {
  const first = await start('--file', 'retained.db')
  await new KronosClient(first.url).put('s', [
    { '@time': new Date(Date.now() - 7_200_000), n: 1 },
    { '@time': new Date(Date.now() - 1_800_000), n: 2 },
  ])
  first.command.child.kill('SIGTERM')
  await first.command.exit
  const second = await start('--file', 'retained.db', '--retain', '1h')
  const client = new KronosClient(second.url)
  const numbers = async () => (await client.get('s').toArray()).map(({ n }) => n)
  await expect.poll(numbers, { timeout: 5000 }).toEqual([2])
})

it('goes on when nobody reads its log, and tells of the lines that are lost', async () => {
  const { command, url } = await start('--store', 'memory')
  command.child.stderr.pause()
  // Paths are in the log, up to 200 characters: more than a mebibyte and what a pipe holds.
  const path = `/${'x'.repeat(190)}`
  for (let count = 0; count < 150; count++) {
    const answers = await Promise.all(Array.from({ length: 40 }, () => fetch(url + path)))
    expect(answers.every(({ status }) => status === 404)).toBe(true)
    await Promise.all(answers.map((answer) => answer.arrayBuffer()))
  }
  command.child.stderr.resume()
  await expect
    .poll(
      async () => {
        await (await fetch(`${url}/1.0/index`)).arrayBuffer()
        return command.stderr
      },
      { timeout: 5000 },
    )
    .toMatch(/\nkronos: \d+ lines of log were dropped\n/)
  const [, ...lines] = command.stderr.trim().split('\n')
  for (const line of lines) expect(line).toMatch(/^\{"time":.*\}$|^kronos: \d+ lines/)
})
