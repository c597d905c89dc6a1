import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Order } from '../index.ts'
import { addConnection, type Connection, connect } from './connection.ts'
import { clean, isTerminal, paint, write } from './output.ts'
import { readLine } from './stored-line.ts'
import { addRange, type RangeFlags, resolveRange, showTime } from './time-range.ts'

interface Flags extends Connection, RangeFlags {
  order: Order
  limit?: number
  json?: boolean
  utc?: boolean
}

/** Written together: a write for each event would be most of the work. */
const CHUNK_LENGTH = 64 * 1024

/** Adds `kronos get`. */
export function addGet(program: Command): void {
  addRange(addConnection(program.command('get')))
    .description('Read the events of a stream: the text that is stored, an event a line')
    .argument('<stream>', 'the stream')
    .addOption(
      new Option('--order <order>', 'which come first')
        .choices(['ascending', 'descending'])
        .default('ascending'),
    )
    .option('--limit <count>', 'the largest number of events', readCount)
    .option('--json', 'the stored text on a terminal too')
    .option('--utc', 'times in UTC instead of local time, on a terminal')
    .addHelpText('after', '\nExample:\n  $ kronos get site.clicks --since 15m --order descending --limit 10')
    .action(run)
}

async function run(stream: string, flags: Flags): Promise<void> {
  const { start, end } = resolveRange(flags)
  const { order, limit } = flags
  const show = makeShow(flags)
  let chunk = ''
  for await (const line of connect(flags).get(stream, start, end, { order, limit }).lines()) {
    chunk += show(line)
    if (chunk.length < CHUNK_LENGTH) continue
    await write(chunk)
    chunk = ''
  }
  await write(chunk)
}

/** How an event is written: for people its time and its members, else its text. */
export function makeShow({ json, utc = false }: { json?: boolean; utc?: boolean }): (line: string) => string {
  if (json || !isTerminal()) return (line) => `${line}\n`
  return (line) => {
    const { time, members } = readLine(line)
    return `${paint('dim', showTime(time, utc))} ${clean(`{${members}}`)}\n`
  }
}

export function readCount(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('A count is a whole number.')
  return Number(text)
}
