import type { Command } from 'commander'
import { addConnection, type Connection, connect } from './connection.ts'
import { write, writeRows } from './output.ts'

/** Adds `kronos index`. */
export function addIndex(program: Command): void {
  addConnection(program.command('index'))
    .description('Show what a server is, and whether its stores are alive')
    .option('--json', 'the whole answer, as JSON')
    .addHelpText('after', '\nExample:\n  $ kronos index --url http://localhost:8151')
    .action(run)
}

async function run({ json, ...connection }: Connection & { json?: boolean }): Promise<void> {
  const index = await connect(connection).index()
  if (json) return write(`${JSON.stringify(index)}\n`)
  const { service, version, storage, features = [] } = index
  const rows = Object.entries(storage).map(([store, { backend, alive }]) => {
    return { service, version, store, backend, alive: alive ? 'yes' : 'no', features: features.join(' ') }
  })
  await writeRows(rows, false)
}
