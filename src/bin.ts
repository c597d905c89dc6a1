#!/usr/bin/env node
import { Command } from 'commander'
import { addBackup } from './cli/backup.ts'
import { addServe } from './cli/serve.ts'
import { VERSION } from './version.ts'

const program = new Command('kronos')
  .description('Put timestamped JSON events into named streams and read them back by time')
  .version(VERSION)
  // 1 is for what goes wrong, 2 for a command line that makes no sense.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
addServe(program)
addBackup(program)

try {
  await program.parseAsync()
  process.exit(0)
} catch (error) {
  console.error(`kronos: ${error instanceof Error ? error.message : error}`)
  process.exit(1)
}
