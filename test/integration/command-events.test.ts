import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { rawEvent } from '../../src/index.ts'
import { run, runOnTerminal, start, startServer } from './command.ts'

/** Stored texts without their ids, which are random. */
const withoutIds = (lines: string) => lines.replace(/"@id":"[^"]*",/g, '')

function writeFile(name: string, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'kronos-put-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, name), text)
  return join(directory, name)
}

describe('kronos put', () => {
  it('keeps every digit of JSON, and takes times as ticks or ISO 8601', async () => {
    const { url } = await startServer()
    const events = [
      '{"@time":17640000000000001, "n": 1.0}',
      '{"big":12345678901234567890,"@time":"2025-11-24T16:00:00.0000002Z"}',
    ]
    expect(await run(['put', 's', ...events, '--url', url])).toEqual({
      stdout: '',
      stderr: 'kronos: 2 events are stored in s\n',
      code: 0,
    })
    const { stdout } = await run(['get', 's', '--url', url])
    expect(withoutIds(stdout)).toBe(
      '{"@time":17640000000000001,"n": 1.0}\n{"@time":17640000000000002,"big":12345678901234567890}\n',
    )
  })

  it('reads lines, an array, and CSV, from stdin and from a file, and sees which it is', async () => {
    const { url } = await startServer()
    const put = (stream: string, input: string, ...flags: string[]) =>
      run(['put', stream, '--url', url, ...flags], { input })
    await put('lines', '\ufeff{"@time":1,"a":1}\r\n\n{"@time":2,"a":2}')
    await put('array', ' [{"@time":1,"t":"],[{\\""} ,\n{"@time":2,"n":[1,{"x":[]}]}]')
    await put('empty', '[]')
    const csv = 'when,from,delay,zip,late\n2026-01-01,"SFO, CA",1.50,01234,true\n2026-01-02,LAX,,9,false\n'
    await put('csv', csv, '--time-column', 'when')
    await run(['put', 'file', '--url', url, '--file', writeFile('a.csv', csv), '--time-column', 'when'])
    const get = async (stream: string) => withoutIds((await run(['get', stream, '--url', url])).stdout)
    expect(await get('lines')).toBe('{"@time":1,"a":1}\n{"@time":2,"a":2}\n')
    expect(await get('array')).toBe('{"@time":1,"t":"],[{\\""}\n{"@time":2,"n":[1,{"x":[]}]}\n')
    expect(await get('empty')).toBe('')
    expect(await get('csv')).toBe(
      '{"@time":17672256000000000,"when":"2026-01-01","from":"SFO, CA","delay":1.50,"zip":"01234","late":true}\n' +
        '{"@time":17673120000000000,"when":"2026-01-02","from":"LAX","zip":9,"late":false}\n',
    )
    expect(await get('file')).toBe(await get('csv'))
  })

  it.each([
    ['s', '1764000000.1234567', '17640000001234567'],
    ['ms', '1764000000123.4567', '17640000001234567'],
    ['us', '1764000000123456.7', '17640000001234567'],
    ['ns', '1764000000123456789', '17640000001234567'],
    ['ticks', '17640000001234567', '17640000001234567'],
  ])('takes times as numbers of %s', async (unit, time, ticks) => {
    const { url } = await startServer()
    await run(['put', 's', '--url', url, '--time-column', 't', '--time-unit', unit], {
      input: `t\n${time}\n`,
    })
    const { stdout } = await run(['get', 's', '--url', url])
    expect(withoutIds(stdout)).toBe(`{"@time":${ticks},"t":${time}}\n`)
  })

  it('stops at what is wrong, and says where and how many are stored', async () => {
    const { url, client } = await startServer()
    const lines = Array.from({ length: 1500 }, (_, n) => `{"@time":${n},"n":${n}}`)
    const { stdout, stderr, code } = await run(['put', 's', '--url', url], {
      input: [...lines, '{"n":'].join('\n'),
    })
    expect({ stdout, stderr, code }).toEqual({
      stdout: '',
      stderr: 'kronos: line 1501: Unexpected end of JSON input (1,000 events before are stored)\n',
      code: 1,
    })
    expect(await client.get('s').toArray()).toHaveLength(1000)
    const rows = await run(['put', 's', '--url', url, '--time-column', 'x'], { input: 'a\n1\n' })
    expect(rows.stderr).toBe('kronos: line 2: there is no column x (0 events before are stored)\n')
    const time = await run(['put', 's', '{"@time":"tomorrow"}', '--url', url])
    expect(time.stderr).toBe(
      'kronos: line 1: @time: expected an ISO 8601 date, got "tomorrow" (0 events before are stored)\n',
    )
  })

  it('puts 20,000 events from a pipe', async () => {
    const { url, client } = await startServer()
    const input = Array.from({ length: 20_000 }, (_, n) => `{"n":${n}}\n`).join('')
    const ran = await run(['put', 's', '--url', url], { input })
    expect(ran).toEqual({ stdout: '', stderr: 'kronos: 20,000 events are stored in s\n', code: 0 })
    const events = await client.get('s').toArray()
    expect(events.map(({ n }) => n)).toEqual(Array.from({ length: 20_000 }, (_, n) => n))
  })
})

describe('kronos get', () => {
  it('takes ranges as people write them, an order and a limit', async () => {
    const { url, client } = await startServer()
    const hour = 36_000_000_000n
    const now = BigInt(Date.now()) * 10_000n
    await client.put('s', [
      { n: 1, '@time': 17640000000000000n },
      { n: 2, '@time': now - 2n * hour },
      { n: 3, '@time': now - hour / 4n },
    ])
    const get = async (...flags: string[]) => {
      const { stdout } = await run(['get', 's', ...flags, '--url', url])
      return stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line).n)
    }
    expect(await get()).toEqual([1, 2, 3])
    expect(await get('--since', '3h')).toEqual([2, 3])
    expect(await get('--start', '2025-01-01', '--end', '1h')).toEqual([1, 2])
    expect(await get('--end', '17640000000000000')).toEqual([1])
    expect(await get('--end', '17639999999999999')).toEqual([])
    expect(await get('--start', '2025-11-24T17:00+01:00', '--end', 'now', '--limit', '2')).toEqual([1, 2])
    expect(await get('--order', 'descending', '--limit', '2')).toEqual([3, 2])
  })

  it('ends quietly when its reader goes', async () => {
    const { url, client } = await startServer()
    await client.put(
      's',
      Array.from({ length: 5000 }, (_, n) => ({ n, text: 'x'.repeat(200), '@time': BigInt(n) })),
    )
    const child = start(['get', 's', '--url', url])
    let stderr = ''
    child.stderr.on('data', (text) => (stderr += text))
    await once(child.stdout, 'data')
    child.stdout.destroy()
    expect(await once(child, 'close')).toEqual([0, null])
    expect(stderr).toBe('')
  })

  it('shows people times, exact, in their zone or in UTC, and obeys nothing that an event says', async () => {
    const { url, client } = await startServer()
    await client.put('s', rawEvent('{"@time":17640000000000001,"text":"\u009b31m\\u001b","n":1.0}'))
    const show = async (env: Record<string, string>, ...flags: string[]) =>
      (await runOnTerminal(['get', 's', '--url', url, ...flags], { env })).stdout
    const members = '{"text":"\\u009b31m\\u001b","n":1.0}'
    expect(await show({ NO_COLOR: '1', TZ: 'Asia/Kolkata' })).toBe(
      `2025-11-24T21:30:00.0000001+05:30 ${members}\n`,
    )
    expect(await show({ NO_COLOR: '1', TZ: 'Asia/Kolkata' }, '--utc')).toBe(
      `2025-11-24T16:00:00.0000001Z ${members}\n`,
    )
    expect(await show({}, '--utc')).toBe(`\u001b[2m2025-11-24T16:00:00.0000001Z\u001b[22m ${members}\n`)
    expect(withoutIds(await show({}, '--json'))).toContain('{"@time":17640000000000001,"text":')
  })
})

it('kronos tail shows events as they come', async () => {
  const { url, client } = await startServer()
  await client.put('s', { n: 1, '@time': 17640000000000000n })
  const child = start(['tail', 's', '--from', '2025-01-01', '--url', url])
  const lines: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.trim().split('\n')))
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBe(1)
  await client.put('s', { n: 2, '@time': 17640000000000005n })
  await expect
    .poll(() => lines.map(withoutIds), { timeout: 10_000 })
    .toEqual(['{"@time":17640000000000000,"n":1}', '{"@time":17640000000000005,"n":2}'])
  child.kill('SIGINT')
  expect(await once(child, 'close')).toEqual([null, 'SIGINT'])
})

describe('kronos delete', () => {
  it('wants a range, and a yes', async () => {
    const { url, client } = await startServer()
    await client.put(
      's',
      [1n, 2n, 3n, 4n].map((time) => ({ '@time': time })),
    )
    const left = async () => (await client.get('s').toArray()).map((event) => event['@time'])
    expect(await run(['delete', 's', '--yes', '--url', url])).toEqual({
      stdout: '',
      stderr: 'error: give --since, --start or --end, or --all\n',
      code: 2,
    })
    expect(await run(['delete', 's', '--all', '--url', url])).toEqual({
      stdout: '',
      stderr: 'error: without a terminal to ask on, --yes is needed\n',
      code: 2,
    })
    expect(await left()).toHaveLength(4)
    expect(await run(['delete', 's', '--start', '2', '--end', '2', '--yes', '--json', '--url', url])).toEqual(
      {
        stdout: '{"stream":"s","store":"memory","deleted":1}\n',
        stderr: '',
        code: 0,
      },
    )
    expect(await left()).toEqual([1n, 3n, 4n])
  })

  it('asks on a terminal, with the count and the range', async () => {
    const { url, client } = await startServer()
    await client.put(
      's',
      [1n, 2n, 3n].map((time) => ({ '@time': time })),
    )
    const args = ['delete', 's', '--end', '2', '--utc', '--url', url]
    const refused = await runOnTerminal(['delete', 's', '--all', '--url', url], { input: 'no\n' })
    expect(refused.stdout).toContain('Delete 3 events of s? Type yes: ')
    expect(refused.stdout).toContain('kronos: nothing is deleted')
    expect(refused.code).toBe(1)
    expect(await client.get('s').toArray()).toHaveLength(3)
    const done = await runOnTerminal(args, { input: 'yes\n' })
    expect(done.stdout).toContain(
      'Delete 2 events of s between the first and 1970-01-01T00:00:00.0000002Z? Type yes: ',
    )
    expect(done.code).toBe(0)
    expect(await client.get('s').toArray()).toHaveLength(1)
  })
})

describe('kronos streams, schema and index', () => {
  it('say what there is', async () => {
    const { url, client } = await startServer()
    await client.put({
      'site.clicks': [
        { user: { id: 1 }, tags: ['a'], '@time': 1n },
        { user: { id: 1.5 }, '@time': 2n },
      ],
      a: [{ '@time': 1n }],
    })
    expect(await run(['streams', '--url', url])).toEqual({
      stdout: 'stream\na\nsite.clicks\n',
      stderr: '',
      code: 0,
    })
    expect(await run(['streams', '--json', '--url', url])).toEqual({
      stdout: '{"stream":"a"}\n{"stream":"site.clicks"}\n',
      stderr: '',
      code: 0,
    })
    expect((await run(['schema', 'site.clicks'], { env: { KRONOS_URL: url } })).stdout).toBe(
      'field\ttype\tpresent\n@id\tstring\talways\n@time\tinteger\talways\nuser\tobject\talways\n' +
        'user.id\tnumber\talways\ntags\tarray of string\tsometimes\n',
    )
    expect(JSON.parse((await run(['schema', 'a', '--json', '--url', url])).stdout)).toMatchObject({
      type: 'object',
    })
    expect((await run(['index', '--url', url])).stdout).toMatch(
      /^service\tversion\tstore\tbackend\talive\tfeatures\nkronosd\t\S+\tmemory\tmemory\tyes\tidempotency .*\n$/,
    )
    const { features } = await client.index()
    expect(JSON.parse((await run(['index', '--json', '--url', url])).stdout)).toMatchObject({
      '@success': true,
      features,
    })
  })

  it('use the namespace and the token of the environment', async () => {
    const { url, client } = await startServer()
    await client.put('hidden', {}, { namespace: 'other' })
    const { stdout } = await run(['streams'], { env: { KRONOS_URL: url, KRONOS_NAMESPACE: 'other' } })
    expect(stdout).toBe('stream\nhidden\n')
  })
})

describe('exit codes', () => {
  it.each([
    [
      ['get', 'bad name'],
      2,
      'kronos: stream: expected a name of 1 to 2048 letters, digits, _ . and -, got "bad name"\n',
    ],
    [['get'], 2, "error: missing required argument 'stream'\n"],
    [
      ['get', 's', '--limit', 'x'],
      2,
      "error: option '--limit <count>' argument 'x' is invalid. A count is a whole number.\n",
    ],
    [
      ['get', 's', '--since', 'yesterday'],
      2,
      "error: option '--since, --start <time>' argument 'yesterday' is invalid. A time is like 15m (ago), 2026-11-24T12:00:00Z, now, or ticks of 100 ns.\n",
    ],
    [
      ['copy', '--to', 'http://localhost:8151'],
      2,
      'error: --to or --to-namespace must name another server or namespace\n',
    ],
    [['put', 's', '{}', '--file', 'x'], 2, 'error: give events or --file, not both\n'],
    [['nothing'], 2, "error: unknown command 'nothing'\n"],
  ] as const)('%j', async (args, code, stderr) => {
    expect(await run(args)).toEqual({ stdout: '', stderr, code })
  })

  it('1 where there is no server', async () => {
    const { stdout, stderr, code } = await run(['streams', '--url', 'http://127.0.0.1:9'])
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toMatch(/^kronos: no answer from http:\/\/127\.0\.0\.1:9: .*\n$/)
  })
})
