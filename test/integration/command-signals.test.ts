import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const BODY = '{"events":{"s":[{"@time":1}]}}'

interface Running {
  child: ChildProcess
  exit: Promise<unknown[]>
  url: string
  stderr: () => string
}

async function start(...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [resolve('dist/bin.js'), 'serve', '--port', '0', ...args])
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const exit = once(child, 'close')
  await Promise.race([once(child.stderr, 'data'), exit])
  return { child, exit, url: /http:\S+\d/.exec(stderr)?.[0] ?? '', stderr: () => stderr }
}

/** Sends the head of a put, and waits until the server asks for its body. */
async function beginPut(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.write(
    `POST /1.0/events/put HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ${BODY.length}\r\n\r\n`,
  )
  const [chunk] = await once(socket, 'data')
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 100 /)
  return socket
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'on %s a request in flight finishes, then the process',
  async (signal) => {
    const { child, exit, url, stderr } = await start('--store', 'memory')
    const socket = await beginPut(url)
    child.kill(signal)
    await expect
      .poll(() =>
        fetch(url).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed')
    socket.write(BODY)
    let answer = ''
    for await (const chunk of socket) answer += chunk
    expect(answer).toContain('{"s":{"memory":{"num_inserted":1}},"@success":true')
    expect(await exit).toEqual([0, null])
    const [first, ...log] = stderr().trim().split('\n')
    expect(first).toBe(`kronos: listening at ${url}, events in memory (memory)`)
    expect(JSON.parse(log.at(-1)!)).toMatchObject({ level: 'info', path: '/1.0/events/put', put: 1 })
  },
)

test('a second signal ends the process at once', async () => {
  const { child, exit, url } = await start('--store', 'memory')
  const socket = await beginPut(url)
  socket.on('error', () => {})
  child.kill('SIGTERM')
  await expect
    .poll(() =>
      fetch(url).then(
        () => 'open',
        () => 'closed',
      ),
    )
    .toBe('closed')
  child.kill('SIGINT')
  expect(await exit).toEqual([1, null])
})

test('a file that is no database is told of at the start', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'kronos-signals-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'notes.txt')
  writeFileSync(file, 'no database'.repeat(100))
  const { exit, stderr } = await start('--file', file)
  expect(await exit).toEqual([1, null])
  expect(stderr()).toMatch(/^kronos: .*notes\.txt.*\n$/)
})

test('tokens come from a file, with modes and namespaces', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'kronos-signals-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'tokens')
  writeFileSync(file, '# for pages\nbeacon:collector:a,b\r\n\nadmin\n')
  const { url, stderr } = await start(
    '--store',
    'memory',
    '--tokens-file',
    file,
    '--token',
    'reader:readonly',
  )
  const status = async (token: string, path: string, namespace: string) => {
    const headers = { Authorization: `Bearer ${token}` }
    const body = JSON.stringify({ namespace, stream: 's', end_time: 1, events: {} })
    return (await fetch(url + path, { method: 'POST', headers, body })).status
  }
  expect(await status('beacon', '/1.0/events/put', 'b')).toBe(200)
  expect(await status('beacon', '/1.0/events/put', 'c')).toBe(403)
  expect(await status('beacon', '/1.0/events/get', 'b')).toBe(403)
  expect(await status('admin', '/1.0/events/delete', 'c')).toBe(200)
  expect(await status('reader', '/1.0/events/get', 'c')).toBe(200)
  expect(await status('other', '/1.0/events/get', 'c')).toBe(401)
  expect(stderr()).not.toMatch(/beacon|admin|reader/)
})
