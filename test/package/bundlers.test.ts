import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeProject, type Project } from '../runtimes/project.ts'
import { BUNDLERS } from './bundlers.ts'

const PAGE = `
  import { KronosClient } from 'kronos-js'
  import { indexedDBQueue } from 'kronos-js/durable'
  const client = new KronosClient('/', { blocking: false, queue: indexedDBQueue() })
  client.put('s', {})`

const WORKER = `
  import { KronosClient } from 'kronos-js'
  import { memoryStore } from 'kronos-js/memory'
  import { createHandler } from 'kronos-js/server'
  export const handler = createHandler({ store: memoryStore() })
  export const client = new KronosClient(handler.fetch)`

let project: Project
beforeAll(() => {
  project = makeProject()
}, 120_000)
afterAll(() => project.remove())

describe.each(Object.entries(BUNDLERS))('bundled by %s', (_, bundle) => {
  async function bundleText(name: string, source: string): Promise<string> {
    const entry = join(project.directory, `${name}.js`)
    writeFileSync(entry, source)
    const { code, warnings } = await bundle(entry)
    expect(warnings).toEqual([])
    return code
  }

  it('a function of time alone: no client comes with it', async () => {
    const code = await bundleText('time', "export { toKronosTime } from 'kronos-js'")
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(1400)
    expect(code).not.toMatch(/fetch|AbortController|setTimeout/)
  })

  it('a page with a durable queue: no Node module comes with it', async () => {
    const code = await bundleText('page', PAGE)
    expect(code).toContain('indexedDB')
    expect(code).not.toMatch(/\bfrom ?"(node:|fs|path)|require\(/)
  })

  it('a handler for a worker: no listener comes with it', async () => {
    const code = await bundleText('worker', WORKER)
    expect(code).toContain('infer_schema')
    expect(code).not.toMatch(/pushgateway|http2|require\(/)
  })
})
