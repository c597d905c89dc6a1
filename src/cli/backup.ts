import { existsSync } from 'node:fs'
import type { Command } from 'commander'

/** Adds `kronos backup`. */
export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('Write a copy of a database, as it is at one moment, while servers go on using it')
    .argument('<copy>', 'the file to write, which must not be there yet')
    .option('--file <file>', 'the database to copy', 'kronos.db')
    .addHelpText('after', '\nExample:\n  $ kronos backup --file kronos.db kronos-2026-11-24.db')
    .action(run)
}

async function run(copy: string, { file }: { file: string }): Promise<void> {
  // To open it would make it.
  if (!existsSync(file)) throw new Error(`there is no ${file}`)
  const { sqliteStore } = await import('../sqlite.ts')
  const store = sqliteStore(file)
  try {
    await store.backup!(copy)
  } finally {
    await store.close()
  }
  console.error(`kronos: ${file} is copied to ${copy}`)
}
