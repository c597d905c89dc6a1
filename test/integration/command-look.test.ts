import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, it, onTestFinished } from 'vitest'
import { run, runOnTerminal, startServer } from './command.ts'

async function startFilled() {
  const server = await startServer()
  await server.client.put({
    'site.clicks': [
      { user: 40, page: { path: '/a' }, tags: ['x', 'y'], '@time': 17640000000000000n },
      { user: 'anna', page: { path: '/a' }, '@time': 17640000010000000n },
      { user: 40, page: null, '@time': 17640000020000001n },
    ],
    one: [{ '@time': 5n, "it's": true, 'back\\slash': [] }],
  })
  return server
}

it('kronos summarize', async () => {
  const { url } = await startFilled()
  expect(await run(['summarize', '--url', url, '--utc'])).toEqual({
    stdout:
      'stream\tevents\tfirst\tlast\tevents per second\n' +
      'one\t1\t1970-01-01T00:00:00.0000005Z\t1970-01-01T00:00:00.0000005Z\t\n' +
      'site.clicks\t3\t2025-11-24T16:00:00.0000000Z\t2025-11-24T16:00:02.0000001Z\t1.5\n',
    stderr: '',
    code: 0,
  })
  const { stdout } = await run(['summarize', 'one', 'none', '--json', '--start', '2000-01-01', '--url', url])
  expect(stdout).toBe(
    '{"stream":"one","events":0,"first":null,"last":null,"events_per_second":null}\n' +
      '{"stream":"none","events":0,"first":null,"last":null,"events_per_second":null}\n',
  )
})

it('kronos inspect', async () => {
  const { url } = await startFilled()
  expect(await run(['inspect', 'site.clicks', '--url', url])).toEqual({
    stdout:
      'field\ttypes\tcount\tof events\tdifferent\tmost frequent\n' +
      'page\tnull|object\t3\t3\t1\tnull (1)\n' +
      'page.path\tstring\t2\t3\t1\t"/a" (2)\n' +
      'tags\tarray\t1\t3\t0\t\n' +
      'tags[]\tstring\t2\t3\t2\t"x" (1), "y" (1)\n' +
      'user\tnumber|string\t3\t3\t2\t40 (2), "anna" (1)\n',
    stderr: '',
    code: 0,
  })
  const args = [
    'inspect',
    'site.clicks',
    '--field',
    'user',
    '--top',
    '1',
    '--limit',
    '2',
    '--json',
    '--url',
    url,
  ]
  expect((await run(args)).stdout).toBe(
    '{"field":"user","types":"number|string","count":2,"of_events":2,"different":"2","most_frequent":"40 (1)"}\n',
  )
})

describe('kronos types', () => {
  it('writes types that compile, and type put and get', async () => {
    const { url } = await startFilled()
    const { stdout, stderr, code } = await run(['types', '--url', url])
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toBe(`/** Written by \`kronos types\`, from the last 100 events of each stream. */
export interface Streams {
  one: {
    'it\\'s': boolean
    'back\\\\slash': unknown[]
  }
  'site.clicks': {
    user: unknown
    page: {
      path: string
    }
    tags?: Array<string>
  }
}
`)
    const directory = mkdtempSync(resolve('test/types/.streams-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    writeFileSync(join(directory, 'streams.ts'), stdout)
    const program = join(directory, 'program.ts')
    writeFileSync(
      program,
      `import { KronosClient } from 'kronos-js'
import type { Streams } from './streams.ts'
const client = new KronosClient<Streams>('http://localhost')
void client.put('site.clicks', { user: 1, page: { path: '/' } })
// @ts-expect-error a path is a string
void client.put('site.clicks', { user: 1, page: { path: 1 } })
// @ts-expect-error there is no such stream
client.get('site.click')
for await (const event of client.get('site.clicks')) {
  const tags: string[] | undefined = event.tags
  const time: bigint = event['@time']
  void [tags, time]
}
`,
    )
    const diagnostics = ts.getPreEmitDiagnostics(
      ts.createProgram([program], {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        allowImportingTsExtensions: true,
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        types: [],
      }),
    )
    expect(diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual(
      [],
    )
  })
})

describe('on a terminal', () => {
  it('tables have columns, and no colour where none is wanted', async () => {
    const { url } = await startFilled()
    const args = ['summarize', '--utc', '--url', url]
    const plain =
      'stream       events  first                         last                          events per second\n' +
      'one               1  1970-01-01T00:00:00.0000005Z  1970-01-01T00:00:00.0000005Z\n' +
      'site.clicks       3  2025-11-24T16:00:00.0000000Z  2025-11-24T16:00:02.0000001Z                1.5\n'
    expect((await runOnTerminal(args, { env: { NO_COLOR: '1' } })).stdout).toBe(plain)
    expect((await runOnTerminal(args)).stdout).toBe(
      plain.replace(/^.*/, (head) => `\u001b[1m${head}\u001b[22m`),
    )
  })

  it('long work shows how far it is, and a pipe sees nothing of it', async () => {
    const { url } = await startFilled()
    const args = ['copy', 'site.clicks', '--url', url, '--to-namespace', 'other']
    const { stdout } = await runOnTerminal(args, { env: { NO_COLOR: '1' } })
    const [, bar, table] = stdout.split('\r\u001b[K')
    expect(bar).toMatch(/^site\.clicks {2}\[#{24}\] 100% {2}3 events {2}[\d,]+\/s$/)
    expect(table).toMatch(/^stream +events +copied\n/)
    expect((await run(args)).stderr).toBe('')
  })
})

describe('help', () => {
  const COMMANDS = [
    ...['serve', 'put', 'get', 'tail', 'streams', 'schema', 'delete', 'index'],
    ...['copy', 'compare', 'inspect', 'summarize', 'types', 'backup', 'completion'],
  ]

  it.each(COMMANDS)('of %s shows an example', async (command) => {
    const { stdout, stderr, code } = await run([command, '--help'])
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toMatch(new RegExp(`\\nExamples?:\\n {2}\\$ .*kronos ${command}`))
  })

  it('names every command', async () => {
    const { stdout } = await run(['--help'])
    expect([...stdout.matchAll(/^ {2}(\w+) (?:\[|<)/gm)].map(([, name]) => name)).toEqual([
      ...COMMANDS,
      'help',
    ])
  })
})

it('completes commands and flags in bash', async () => {
  const { stdout } = await run(['completion', 'bash'])
  const complete = (...words: string[]) =>
    execFileSync('bash', [
      '-c',
      `${stdout}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kronos; echo "\${COMPREPLY[@]}"`,
      'bash',
      ...words,
    ])
      .toString()
      .trim()
  expect(complete('kronos', 's')).toBe('serve streams schema summarize')
  expect(complete('kronos', 'get', '--l')).toBe('--limit')
  expect(complete('kronos', 'get', 's', '--s')).toBe('--since --start')
  expect((await run(['completion', 'zsh'])).stdout).toContain('bashcompinit')
  expect((await run(['completion', 'fish'])).stdout).toContain(
    "complete -c kronos -n '__fish_seen_subcommand_from get' -l since\n",
  )
  expect((await run(['completion', 'tcsh'])).code).toBe(2)
})
