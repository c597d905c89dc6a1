import type { Command } from 'commander'
import { addConnection, type Connection, connect, listStreams } from './connection.ts'
import { writeRows } from './output.ts'

/** Adds `kronos streams`. */
export function addStreams(program: Command): void {
  addConnection(program.command('streams'))
    .description('List the streams of a namespace')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExample:\n  $ kronos streams --namespace kronos')
    .action(run)
}

async function run({ json, ...connection }: Connection & { json?: boolean }): Promise<void> {
  const names = await listStreams(connect(connection), [])
  await writeRows(
    names.map((stream) => ({ stream })),
    json,
  )
}
