import type { Command } from 'commander'
import { v5 } from 'uuid'
import { type KronosClient, rawEvent } from '../index.ts'
import { addConnection, addTarget, type Connection, connectBoth, listStreams } from './connection.ts'
import { type Row, writeRows } from './output.ts'
import { Progress } from './progress.ts'
import { countEvents, groupLines, haveOriginal, type StoredLine, subtract } from './stored-line.ts'
import { addRange, type RangeFlags, resolveRange } from './time-range.ts'

interface Flags extends Connection, RangeFlags {
  to?: string
  toNamespace?: string
  toToken?: string
  json?: boolean
}

const STRETCH_EVENTS = 1000
const MAX_PUT_LENGTH = 1024 * 1024
/** The name space of the keys that are made of what is put. */
const KEYS = 'b3a1f3de-6f0c-4d4b-9f58-9a3ac7cf6d0e'

/** Adds `kronos copy`. */
export function addCopy(program: Command): void {
  addRange(addTarget(addConnection(program.command('copy'))))
    .description('Copy streams to another server or namespace')
    .argument('[streams...]', 'the streams (default: all)')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Events keep their times and their text. What the other side has already is not put again, so a copy that was
interrupted is resumed, and one that is done brought up to date, by the same command.

Example:
  $ kronos copy site.clicks --since 30d --to https://kronos.example.com`,
    )
    .action(run)
}

async function run(names: string[], flags: Flags, command: Command): Promise<void> {
  const [source, target] = connectBoth(flags, command)
  const canonical = await haveOriginal([source, target])
  const rows: Row[] = []
  for (const stream of await listStreams(source, names)) {
    rows.push(await copyStream(source, target, { stream, canonical, ...resolveRange(flags) }))
  }
  await writeRows(rows, flags.json)
}

async function copyStream(
  source: KronosClient,
  target: KronosClient,
  { stream, canonical, start, end }: { stream: string; canonical: boolean } & Required<RangeFlags>,
): Promise<Row> {
  const progress = new Progress(stream, await countEvents(source, stream, { start, end }))
  let events = 0
  let copied = 0
  try {
    // Stretches end between ticks, so each is whole on both sides.
    for await (const stretch of groupLines(
      source.get(stream, start, end).lines(),
      canonical,
      STRETCH_EVENTS,
    )) {
      const missing = subtract(stretch, await readStretch(target, stream, stretch, canonical))
      await putLines(target, stream, missing)
      events += stretch.length
      copied += missing.length
      progress.add(stretch.length)
    }
  } finally {
    progress.end()
  }
  return { stream, events, copied }
}

async function readStretch(
  client: KronosClient,
  stream: string,
  stretch: readonly StoredLine[],
  canonical: boolean,
): Promise<StoredLine[]> {
  const lines = client.get(stream, stretch[0]!.time, stretch.at(-1)!.time).lines()
  const found: StoredLine[] = []
  for await (const group of groupLines(lines, canonical)) found.push(...group)
  return found
}

/** Puts events under a key made of them: a put that an interrupted copy left on its way stores nothing twice. */
async function putLines(client: KronosClient, stream: string, lines: readonly StoredLine[]): Promise<void> {
  let first = 0
  while (first < lines.length) {
    let length = 0
    let last = first
    while (last < lines.length && (last === first || length + lines[last]!.text.length < MAX_PUT_LENGTH)) {
      length += lines[last++]!.text.length
    }
    const texts = lines.slice(first, last).map(({ text }) => text)
    const idempotencyKey = v5(`${stream}\n${first}\n${texts.join('\n')}`, KEYS)
    await client.put(stream, texts.map(rawEvent), { idempotencyKey })
    first = last
  }
}
