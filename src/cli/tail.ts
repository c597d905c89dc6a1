import type { Command } from 'commander'
import type { KronosTime } from '../index.ts'
import { addConnection, type Connection, connect } from './connection.ts'
import { makeShow } from './get.ts'
import { write } from './output.ts'
import { readTime } from './time-range.ts'

interface Flags extends Connection {
  from?: KronosTime
  json?: boolean
  utc?: boolean
}

/** Adds `kronos tail`. */
export function addTail(program: Command): void {
  addConnection(program.command('tail'))
    .description('Read the events of a stream as they arrive, until it is interrupted')
    .argument('<stream>', 'the stream')
    .option(
      '--from <time>',
      'from when on: 15m (ago), 2026-11-24T12:00:00Z, or ticks (default: now)',
      readTime,
    )
    .option('--json', 'the stored text on a terminal too')
    .option('--utc', 'times in UTC instead of local time, on a terminal')
    .addHelpText('after', '\nExample:\n  $ kronos tail site.clicks --from 5m')
    .action(run)
}

async function run(stream: string, flags: Flags): Promise<void> {
  const show = makeShow(flags)
  for await (const line of connect(flags).tail(stream, { from: flags.from }).lines()) await write(show(line))
}
