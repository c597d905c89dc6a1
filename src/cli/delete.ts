import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { addConnection, type Connection, connect } from './connection.ts'
import { writeRows } from './output.ts'
import { countEvents } from './stored-line.ts'
import { addRange, type RangeFlags, resolveRange, showTime } from './time-range.ts'

interface Flags extends Connection, RangeFlags {
  all?: boolean
  yes?: boolean
  json?: boolean
  utc?: boolean
}

/** Adds `kronos delete`. */
export function addDelete(program: Command): void {
  addRange(addConnection(program.command('delete')))
    .description('Delete the events of a stream in a range of time')
    .argument('<stream>', 'the stream')
    .option('--all', 'all of them, in place of a range')
    .option('--yes', 'without asking')
    .option('--json', 'one JSON object')
    .option('--utc', 'times in UTC instead of local time')
    .addHelpText('after', '\nExample:\n  $ kronos delete site.clicks --start 2026-11-01 --end 2026-11-02')
    .action(run)
}

async function run(stream: string, flags: Flags, command: Command): Promise<void> {
  const bounded = flags.start !== undefined || flags.end !== undefined
  if (bounded === (flags.all === true)) command.error('error: give --since, --start or --end, or --all')
  const client = connect(flags)
  const range = resolveRange(flags)
  if (!flags.yes) {
    if (!process.stdin.isTTY) command.error('error: without a terminal to ask on, --yes is needed')
    const count = await countEvents(client, stream, range)
    const show = (time: bigint | undefined, open: string) =>
      time === undefined ? open : showTime(time, flags.utc === true)
    const part = bounded
      ? ` between ${show(flags.start, 'the first')} and ${show(flags.end, 'the last')}`
      : ''
    if (
      !(await ask(`Delete ${count?.toLocaleString('en') ?? 'the'} events of ${stream}${part}? Type yes: `))
    ) {
      process.exitCode = 1
      console.error('kronos: nothing is deleted')
      return
    }
  }
  const answer = await client.delete(stream, range.start, range.end)
  const stores = Object.entries(answer[stream] ?? {})
  await writeRows(
    stores.map(([store, { num_deleted }]) => ({ stream, store, deleted: num_deleted })),
    flags.json,
  )
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // The end of the input is no yes.
  const ended = new Promise<string>((end) => terminal.once('close', () => end('')))
  const answer = await Promise.race([terminal.question(question), ended])
  terminal.close()
  return answer.trim() === 'yes'
}
