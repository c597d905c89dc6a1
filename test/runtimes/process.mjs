// For Node, Deno and Bun, in a project with the package installed: `process.mjs URL`. Prints what ran, and what failed.
import { createRequire } from 'node:module'
import process from 'node:process'
import * as kronos from 'kronos-js'
import { fileQueue } from 'kronos-js/durable'
import { memoryStore } from 'kronos-js/memory'
import { createHandler, serve } from 'kronos-js/server'
import { sqliteStore } from 'kronos-js/sqlite'
import { runScenario } from './scenario.mjs'

const ran = []
const failures = []

async function run(part, target, queue) {
  ran.push(part)
  for (const failure of await runScenario(kronos, target, queue)) failures.push(`${part}: ${failure}`)
}

await run('client', process.argv[2], () => fileQueue('./test.queue'))

const { fetch: handle } = createHandler({ store: memoryStore() })
await run('handler', handle)

const store = sqliteStore('test.db')
try {
  await store.isAlive()
  await run(
    process.getBuiltinModule?.('node:sqlite') ? 'sqlite' : 'sqlite (libsql)',
    createHandler({ store }).fetch,
  )
} catch (error) {
  // A runtime may have no SQLite, and then says what to install.
  if (error.code !== 'connection') throw error
}
await store.close()

const server = await serve({ store: memoryStore(), port: 0 })
await run('serve', server.url)
await server.close()

// An error class is one and the same from whichever entry it comes, and by `require` too.
ran.push('require')
const required = createRequire(import.meta.url)('kronos-js')
if (required.KronosError !== kronos.KronosError) failures.push('require: gives other classes than import')
try {
  memoryStore({ nonsense: 1 })
} catch (error) {
  if (!(error instanceof required.KronosValidationError)) failures.push(`require: ${error}`)
}

console.log(JSON.stringify({ ran, failures }))
