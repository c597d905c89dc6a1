#!/usr/bin/env node
import { Command } from 'commander'
import { addBackup } from './cli/backup.ts'
import { addCompare } from './cli/compare.ts'
import { addCompletion } from './cli/completion.ts'
import { addCopy } from './cli/copy.ts'
import { addDelete } from './cli/delete.ts'
import { addGet } from './cli/get.ts'
import { addIndex } from './cli/index-call.ts'
import { addInspect } from './cli/inspect.ts'
import { endWithReader } from './cli/output.ts'
import { addPut } from './cli/put.ts'
import { addSchema } from './cli/schema.ts'
import { addServe } from './cli/serve.ts'
import { addStreams } from './cli/streams.ts'
import { addSummarize } from './cli/summarize.ts'
import { addTail } from './cli/tail.ts'
import { addTypes } from './cli/types.ts'
import { isKronosError } from './index.ts'
import { VERSION } from './version.ts'

// What goes wrong ends with 1, a command line that makes no sense with 2.
const program = new Command('kronos')
  .description('Put timestamped JSON events into named streams and read them back by time')
  .version(VERSION)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .addHelpText(
    'after',
    '\nExample:\n  $ kronos serve & kronos put site.clicks \'{"user": 40}\' && kronos get site.clicks',
  )
for (const add of [
  ...[addServe, addPut, addGet, addTail, addStreams, addSchema, addDelete, addIndex],
  ...[addCopy, addCompare, addInspect, addSummarize, addTypes, addBackup, addCompletion],
]) {
  add(program)
}

endWithReader()
try {
  await program.parseAsync()
} catch (error) {
  console.error(`kronos: ${describe(error)}`)
  process.exitCode = isKronosError(error) && error.code === 'validation' ? 2 : 1
}
// Idle connections would keep the process for some seconds; what was written must be out before.
process.stdout.write('', () => process.exit())

/** The message of an error; of a `fetch` that failed, also the reason, which it keeps to itself. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const failure = [error.cause].flat().at(-1) as { cause?: NodeJS.ErrnoException } | undefined
  const reason = isKronosError(error) && failure?.cause && (failure.cause.message || failure.cause.code)
  return reason ? `${error.message}: ${reason}` : error.message
}
