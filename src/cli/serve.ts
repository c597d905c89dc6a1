import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { LogLevel, Mode, Server, Store, TokenOptions } from '../server.ts'
import { writeStderr } from './stderr.ts'
import { readAge } from './time-range.ts'

interface Flags {
  store: 'memory' | 'sqlite'
  file: string
  durability: 'full' | 'normal'
  port: number
  host: string
  mode: Mode
  namespaces?: string[]
  cors: string[]
  token: TokenOptions[]
  tokensFile?: string
  retain?: number
  log: LogLevel | 'off'
  explorer: boolean
}

/** Adds `kronos serve`. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('Run a Kronos server')
    .addOption(
      new Option('--store <store>', 'where events are kept').choices(['memory', 'sqlite']).default('sqlite'),
    )
    .option('--file <file>', 'the database of the sqlite store', 'kronos.db')
    .addOption(
      new Option(
        '--durability <durability>',
        'what an answered put outlives: a power cut too, or only a crash of this process',
      )
        .choices(['full', 'normal'])
        .default('full'),
    )
    .option('--port <port>', 'the port to listen at, 0 for any that is free', parsePort, 8151)
    .option('--host <host>', 'the address to listen at', '127.0.0.1')
    .addOption(
      new Option('--mode <mode>', 'what may be called')
        .choices(['all', 'collector', 'readonly'])
        .default('all'),
    )
    .option('--namespaces <namespaces>', 'the only namespaces that may be used, as in a,b', split)
    .option('--cors <origin>', 'an origin whose pages may call, * for all; again for more', collect, [])
    .option(
      '--token <token>',
      'TOKEN[:MODE[:NAMESPACE,…]] that may call, and then no other; again for more; shows in ps, so rather',
      (text: string, tokens: TokenOptions[]) => [...tokens, parseToken(text)],
      [],
    )
    .option('--tokens-file <file>', 'a file with such tokens, one a line')
    .option('--retain <age>', 'delete older events, in the background: 90s, 15m, 12h, 30d', parseAge)
    .addOption(
      new Option('--log <level>', 'a line a request on stderr: failures, refusals too, calls too, probes too')
        .choices(['off', 'error', 'warn', 'info', 'debug'])
        .default('info'),
    )
    .option('--no-explorer', 'without the page at / to look at events with')
    .addHelpText('after', '\nExample:\n  $ kronos serve --file events.db --retain 30d')
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  // Only here: the other commands start in half the time without a server.
  const { serve } = await import('../server.ts')
  const fromFile = flags.tokensFile === undefined ? [] : readTokens(flags.tokensFile)
  const store = await openStore(flags)
  let server: Server
  try {
    // A store opens at its first call, and a file that can't be opened is to be told of now.
    for await (const _ of store.namespaces()) break
    server = await serve({
      store,
      port: flags.port,
      host: flags.host,
      mode: flags.mode,
      namespaces: flags.namespaces,
      cors: { origins: flags.cors },
      tokens: [...flags.token, ...fromFile],
      retain: flags.retain,
      log: flags.log === 'off' ? undefined : { level: flags.log, write: writeStderr },
      explorer: flags.explorer,
    })
  } catch (error) {
    await store.close()
    throw error
  }
  const place = flags.store === 'memory' ? 'in memory' : `in ${flags.file}`
  console.error(`kronos: listening at ${server.url}, events ${place} (${store.name})`)
  await stopOnSignal(server, store)
}

async function openStore({ store, file, durability }: Flags): Promise<Store> {
  if (store === 'memory') return (await import('../memory.ts')).memoryStore()
  return (await import('../sqlite.ts')).sqliteStore(file, { durability })
}

/** Resolves once a signal has come and everything is closed. A second signal ends the process at once. */
async function stopOnSignal(server: Server, store: Store): Promise<void> {
  await new Promise<void>((resolve) => {
    let stopping = false
    const stop = () => {
      if (stopping) process.exit(1)
      stopping = true
      resolve()
    }
    process.on('SIGINT', stop).on('SIGTERM', stop)
  })
  await server.close()
  await store.close()
}

function readTokens(file: string): TokenOptions[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseToken)
}

function parseToken(text: string): TokenOptions {
  const [token = '', mode, namespaces] = text.split(':')
  return {
    token,
    ...(mode && { mode: mode as Mode }),
    ...(namespaces && { namespaces: split(namespaces) }),
  }
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) throw new InvalidArgumentError('A port is from 0 to 65535.')
  return port
}

function parseAge(text: string): number {
  const age = readAge(text)
  if (age === undefined) throw new InvalidArgumentError('An age is like 90s, 15m, 12h or 30d.')
  return age
}

function split(text: string): string[] {
  return text.split(',')
}

function collect(text: string, texts: string[]): string[] {
  return [...texts, text]
}
