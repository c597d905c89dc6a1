import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

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

it.each(['kronos-js', 'kronos-js/durable', 'kronos-js/server', 'kronos-js/memory', 'kronos-js/sqlite'])(
  'importing %s does nothing',
  (entry) => {
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', TRAPS, entry], {
      encoding: 'utf8',
      timeout: 10_000,
    })
    const { used, names } = JSON.parse(output) as { used: string[]; names: string[] }
    expect(used).toEqual([])
    expect(names.length).toBeGreaterThan(0)
  },
)
