import type { Command } from 'commander'
import type { KronosClient } from '../index.ts'
import { addConnection, addTarget, type Connection, connectBoth, listStreams } from './connection.ts'
import { clean, isTerminal, paint, type Row, write, writeRows } from './output.ts'
import { Progress } from './progress.ts'
import { groupLines, haveOriginal, type StoredLine, subtract } from './stored-line.ts'
import { addRange, type RangeFlags, resolveRange, showTime } from './time-range.ts'

interface Flags extends Connection, RangeFlags {
  to?: string
  toNamespace?: string
  toToken?: string
  events?: boolean
  json?: boolean
  utc?: boolean
}

type Side = 'here' | 'there'
type Show = (stream: string, side: Side, line: StoredLine) => Promise<void>

/** The exit code that says that the command went well, and found differences. */
const DIFFERENT = 3

/** Adds `kronos compare`. */
export function addCompare(program: Command): void {
  addRange(addTarget(addConnection(program.command('compare'))))
    .description('Compare streams with those of another server or namespace')
    .argument('[streams...]', 'the streams (default: all that one of them has)')
    .option('--events', 'each event that only one has: < here, > there')
    .option('--json', 'one JSON object a line')
    .option('--utc', 'times in UTC instead of local time')
    .addHelpText(
      'after',
      `
Events are equal if their times and their texts are, their ids left out. Ends with 3 if anything differs.

Example:
  $ kronos compare site.clicks --since 30d --to https://kronos.example.com`,
    )
    .action(run)
}

async function run(names: string[], flags: Flags, command: Command): Promise<void> {
  const clients = connectBoth(flags, command)
  const canonical = await haveOriginal(clients)
  const lists = await Promise.all(clients.map((client) => listStreams(client, names)))
  const rows: Row[] = []
  for (const stream of [...new Set(lists.flat())].sort()) {
    rows.push(await compareStream(clients, { stream, canonical, ...resolveRange(flags) }, makeShow(flags)))
  }
  if (!flags.events) await writeRows(rows, flags.json)
  if (rows.some((row) => row.only_here !== 0 || row.only_there !== 0)) process.exitCode = DIFFERENT
}

function makeShow({ events, json, utc = false }: Flags): Show {
  return async (stream, side, { text, time, members }) => {
    if (!events) return
    if (json) return write(`{"stream":${JSON.stringify(stream)},"only":"${side}","event":${text}}\n`)
    const mark = side === 'here' ? '<' : '>'
    if (!isTerminal()) return write(`${mark} ${stream} ${text}\n`)
    const line = `${mark} ${stream} ${showTime(time, utc)} ${clean(`{${members}}`)}`
    await write(`${paint(side === 'here' ? 'red' : 'green', line)}\n`)
  }
}

/** Goes through both streams at once, a tick at a time. */
async function compareStream(
  clients: readonly [KronosClient, KronosClient],
  { stream, canonical, start, end }: { stream: string; canonical: boolean } & Required<RangeFlags>,
  show: Show,
): Promise<Row> {
  const progress = new Progress(stream)
  const counts = { equal: 0, here: 0, there: 0 }
  const [left, right] = clients.map((client) => groupLines(client.get(stream, start, end).lines(), canonical))
  let here = await next(left!)
  let there = await next(right!)
  while (here || there) {
    const takesHere = here !== undefined && (!there || here[0]!.time <= there[0]!.time)
    const takesThere = there !== undefined && (!here || there[0]!.time <= here[0]!.time)
    const mine = takesHere ? here! : []
    const theirs = takesThere ? there! : []
    const onlyHere = subtract(mine, theirs)
    const onlyThere = subtract(theirs, mine)
    counts.equal += mine.length - onlyHere.length
    counts.here += onlyHere.length
    counts.there += onlyThere.length
    for (const line of onlyHere) await show(stream, 'here', line)
    for (const line of onlyThere) await show(stream, 'there', line)
    progress.add(mine.length + theirs.length)
    if (takesHere) here = await next(left!)
    if (takesThere) there = await next(right!)
  }
  progress.end()
  return { stream, equal: counts.equal, only_here: counts.here, only_there: counts.there }
}

async function next(groups: AsyncGenerator<StoredLine[]>): Promise<StoredLine[] | undefined> {
  const { value, done } = await groups.next()
  return done ? undefined : value
}
