import { expect, it } from 'vitest'
import { type KronosClient, rawEvent } from '../../src/index.ts'
import { run, start, startServer } from './command.ts'

async function texts(client: KronosClient, stream: string): Promise<string[]> {
  const found: string[] = []
  for await (const line of client.get(stream).lines()) found.push(line.replace(/"@id":"[^"]*",/, ''))
  return found
}

it('copies streams between servers, every digit and every twin, and only what is missing', async () => {
  const [from, to] = [await startServer(), await startServer()]
  await from.client.put({
    a: [rawEvent('{"@time":5,"n":1.0}'), rawEvent('{"@time":5,"n":1.0}'), rawEvent('{"@time":5,"n":2}')],
    b: [{ '@time': 7n }],
    'not.asked': [{}],
  })
  await to.client.put('a', [rawEvent('{"@time":5,"n":2}'), { own: true, '@time': 6n }])
  const args = ['copy', 'a', 'b', '--url', from.url, '--to', to.url]
  expect(await run(args)).toEqual({
    stdout: 'stream\tevents\tcopied\na\t3\t2\nb\t1\t1\n',
    stderr: '',
    code: 0,
  })
  expect((await texts(to.client, 'a')).sort()).toEqual([
    '{"@time":5,"n":1.0}',
    '{"@time":5,"n":1.0}',
    '{"@time":5,"n":2}',
    '{"@time":6,"own":true}',
  ])
  // What came late in between is all that the same command puts.
  await from.client.put('a', { late: true, '@time': 1n })
  expect((await run([...args, '--json'])).stdout).toBe(
    '{"stream":"a","events":4,"copied":1}\n{"stream":"b","events":1,"copied":0}\n',
  )
})

it('copies to another namespace, and a range', async () => {
  const { url, client } = await startServer()
  await client.put(
    'a',
    [1n, 2n, 3n].map((time) => ({ '@time': time })),
  )
  const { stdout } = await run([
    'copy',
    '--start',
    '2',
    '--end',
    '2',
    '--url',
    url,
    '--to-namespace',
    'other',
  ])
  expect(stdout).toBe('stream\tevents\tcopied\na\t1\t1\n')
  expect(await client.get('a', 0, undefined, { namespace: 'other' }).toArray()).toHaveLength(1)
})

it('is resumed after a kill at any moment, and stores each event once', { timeout: 60_000 }, async () => {
  const [from, to] = [await startServer(), await startServer()]
  const COUNT = 20_000
  for (let first = 0; first < COUNT; first += 5000) {
    // Several of one tick, so that no stretch ends where a thousand do.
    await from.client.put(
      'a',
      Array.from({ length: 5000 }, (_, n) => ({
        n: first + n,
        '@time': BigInt(Math.floor((first + n) / 3)),
      })),
    )
  }
  const args = ['copy', '--url', from.url, '--to', to.url]
  const count = async () => (await to.client.histogram('a', 0n, 1_000_000n))[0]!.count
  for (const part of [1, 5000, 12_000]) {
    const child = start(args)
    await expect.poll(count, { interval: 5, timeout: 20_000 }).toBeGreaterThanOrEqual(part)
    child.kill('SIGKILL')
  }
  expect((await run(args)).code).toBe(0)
  expect(await count()).toBe(COUNT)
  expect(await texts(to.client, 'a')).toEqual(await texts(from.client, 'a'))
  expect((await run(['compare', '--url', from.url, '--to', to.url])).stdout).toBe(
    `stream\tequal\tonly here\tonly there\na\t${COUNT}\t0\t0\n`,
  )
})

it('says what differs, and ends with 3', async () => {
  const [here, there] = [await startServer(), await startServer()]
  await here.client.put({
    a: [rawEvent('{"@time":5,"n":1.0}'), rawEvent('{"@time":6}'), rawEvent('{"@time":6}')],
    b: [{ '@time': 1n }],
  })
  await there.client.put({
    a: [rawEvent('{"@time":5,"n":1}'), rawEvent('{"@time":6}')],
    c: [{ '@time': 1n }],
  })
  const args = ['compare', '--url', here.url, '--to', there.url]
  expect(await run(args)).toEqual({
    stdout: 'stream\tequal\tonly here\tonly there\na\t1\t2\t1\nb\t0\t1\t0\nc\t0\t0\t1\n',
    stderr: '',
    code: 3,
  })
  const { stdout, code } = await run([...args, 'a', '--events'])
  expect(code).toBe(3)
  expect(stdout.replace(/"@id":"[^"]*",/g, '')).toBe(
    '< a {"@time":5,"n":1.0}\n> a {"@time":5,"n":1}\n< a {"@time":6}\n',
  )
  const json = await run([...args, 'b', '--events', '--json'])
  expect(json.stdout).toMatch(/^\{"stream":"b","only":"here","event":\{"@id":"[^"]*","@time":1\}\}\n$/)
  expect((await run([...args, '--start', '7'])).code).toBe(0)
})
