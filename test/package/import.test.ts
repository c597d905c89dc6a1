import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createContext, runInContext, runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

/** Fails on whatever an import may do to the process besides giving names. */
const TRAPS = `
  const used = []
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'fetch', 'addEventListener']) {
    const original = globalThis[name]
    globalThis[name] = (...args) => { used.push(name); return original?.(...args) }
  }
  for (const name of ['window', 'document']) {
    Object.defineProperty(globalThis, name, { get() { used.push(name) }, configurable: true })
  }
  for (const name of ['log', 'warn', 'error']) console[name] = () => used.push(name)
  const before = process.eventNames().length
  const exported = await import(process.argv[1])
  if (process.eventNames().length > before) used.push('process.on')
  process.stdout.write(JSON.stringify({ used, names: Object.keys(exported) }))`

/** The modules of the package, by the names that they are imported by. */
const ENTRIES = Object.entries(JSON.parse(readFileSync('package.json', 'utf8')).exports as object)
  .filter(([, target]) => typeof target === 'object')
  .map(([path]) => path.replace('.', 'kronos-js'))

it.each(ENTRIES)('importing %s does nothing', (entry) => {
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', TRAPS, entry], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  const { used, names } = JSON.parse(output) as { used: string[]; names: string[] }
  expect(used).toEqual([])
  expect(names.length).toBeGreaterThan(0)
})

describe('importing what runs anywhere touches no global but the language', () => {
  const ISOMORPHIC = ENTRIES.filter((entry) => !/\/(sqlite|cassandra)$/.test(entry))
  /** What ky looks for as it is loaded: whether requests can stream. */
  const PROBED: Record<string, unknown> = {
    AbortController,
    AbortSignal,
    FormData,
    ReadableStream,
    Request,
    TextEncoder,
  }

  it.each(ISOMORPHIC)('%s', async (entry) => {
    const { touched, exported } = await importIn({ ...PROBED }, entry)
    // A middleware makes the client that it is given the URL of.
    const hasClient = ['kronos-js', 'kronos-js/middleware'].includes(entry)
    expect(touched).toEqual(hasClient ? Object.keys(PROBED) : [])
    expect(exported.length).toBeGreaterThan(0)
  })

  it('which is seen, however it is touched', async () => {
    const code = `
      typeof window
      globalThis.document
      'navigator' in globalThis
      try { fetch('/') } catch {}
      self?.crypto`
    expect((await runIn({}, code)).touched).toEqual(['document', 'fetch', 'navigator', 'self', 'window'])
  })
})

/** Imports an entry where there is nothing but the language and what is given. */
async function importIn(globals: Record<string, unknown>, entry: string) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${entry}'`, resolveDir: process.cwd() },
    bundle: true,
    format: 'iife',
    globalName: 'exported',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  })
  return runIn(globals, outputFiles[0]!.text)
}

async function runIn(globals: Record<string, unknown>, code: string) {
  const language = runInNewContext('globalThis')
  const ofLanguage = new Set(runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[])
  const touched = new Set<string>()
  // esbuild asks for `require`, in what it makes of `import()`.
  const ofBundle = ['exported', 'require']
  const note = (name: string | symbol) => {
    if (typeof name === 'string' && !ofLanguage.has(name) && !ofBundle.includes(name)) touched.add(name)
  }
  const watched: object = new Proxy(globals, {
    has(target, name) {
      note(name)
      return Reflect.has(target, name)
    },
    get(target, name) {
      note(name)
      if (name === 'globalThis') return watched
      return Reflect.get(ofLanguage.has(name as string) ? language : target, name)
    },
  })
  runInContext(code, createContext(watched))
  const { exported = {} } = globals
  return { touched: [...touched].sort(), exported: Object.keys(exported as object) }
}
