import type { Command } from 'commander'
import { idTime, type KronosClient, type KronosTime, type Order, toISOString } from '../index.ts'
import { addConnection, type Connection, connect, listStreams } from './connection.ts'
import { type Row, writeRows } from './output.ts'
import { countEvents } from './stored-line.ts'
import { addRange, type RangeFlags, resolveRange, showTime } from './time-range.ts'

interface Flags extends Connection, RangeFlags {
  json?: boolean
  utc?: boolean
}

const TICKS_PER_SECOND = 1e7

/** Adds `kronos summarize`. */
export function addSummarize(program: Command): void {
  addRange(addConnection(program.command('summarize')))
    .description('Show how many events streams hold, the first and the last, and the rate between them')
    .argument('[streams...]', 'the streams (default: all)')
    .option('--json', 'one JSON object a line, times in UTC')
    .option('--utc', 'times in UTC instead of local time')
    .addHelpText('after', '\nExample:\n  $ kronos summarize --since 1d')
    .action(run)
}

async function run(names: string[], flags: Flags): Promise<void> {
  const client = connect(flags)
  const range = resolveRange(flags)
  const show = (time: KronosTime | undefined) => {
    if (time === undefined) return null
    return flags.json ? toISOString(time) : showTime(time, flags.utc === true)
  }
  const rows: Row[] = []
  for (const stream of await listStreams(client, names)) {
    const [events, first, last] = await Promise.all([
      count(client, stream, range),
      findEnd(client, stream, range, 'ascending'),
      findEnd(client, stream, range, 'descending'),
    ])
    rows.push({
      stream,
      events,
      first: show(first),
      last: show(last),
      events_per_second: rate(events, first, last),
    })
  }
  await writeRows(rows, flags.json)
}

async function count(client: KronosClient, stream: string, range: Required<RangeFlags>): Promise<number> {
  const counted = await countEvents(client, stream, range)
  if (counted !== undefined) return counted
  let events = 0
  for await (const batch of client.get(stream, range.start, range.end).batches()) events += batch.length
  return events
}

async function findEnd(
  client: KronosClient,
  stream: string,
  { start, end }: Required<RangeFlags>,
  order: Order,
): Promise<KronosTime | undefined> {
  const [event] = await client.get(stream, start, end, { order, limit: 1 }).toArray()
  return event && idTime(event['@id'])
}

function rate(events: number, first: KronosTime | undefined, last: KronosTime | undefined): number | null {
  if (first === undefined || last === undefined || first === last) return null
  return Number(((events * TICKS_PER_SECOND) / Number(last - first)).toPrecision(3))
}
