import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/memory.ts'

async function bundle(contents: string, external: string[] = []): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external,
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]!.contents
}

const gzipped = (bytes: Uint8Array) => gzipSync(bytes, { level: 9 }).length

describe('gzipped sizes', () => {
  it('the <script> bundle, with delivery, its durable queue, and the query cache', () => {
    expect(gzipped(readFileSync('dist/kronos.global.js'))).toBeLessThan(22_300)
  })

  it('the client, bundled: ky is 5 kB of it, delivery 4.7, reading and tail 2.5, schemas 0.5, logging and tracing 1', async () => {
    const bytes = await bundle("export { KronosClient } from 'kronos-js'")
    expect(gzipped(bytes)).toBeLessThan(19_200)
    // What only servers and commands need.
    for (const word of [
      'node:',
      'idb-keyval',
      'crc32',
      'srvx',
      'commander',
      'INSERT',
      '1732584193',
      'levels of nesting',
    ]) {
      expect(new TextDecoder().decode(bytes)).not.toContain(word)
    }
  })

  it('the explorer: 60 kB with all that it needs, of which uPlot is 23 and the client 13', async () => {
    const built = resolve('dist/server.js')
    const { createHandler } = (await import(built)) as typeof import('../../src/server.ts')
    const { fetch } = createHandler({ store: memoryStore(), explorer: true })
    const page = await fetch(new Request('http://localhost/'))
    const html = await page.text()
    const size = gzipped(new TextEncoder().encode(html))
    expect(size).toBeLessThan(60_000)
    // Nothing of it is elsewhere.
    expect(html).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)="(?!data:)/)
  })

  it('a function of time alone: no client comes with it', async () => {
    expect(gzipped(await bundle("export { toKronosTime } from 'kronos-js'"))).toBeLessThan(1400)
  })

  it('a handler without a listener: bundled for a page it carries no Node module and no metrics', async () => {
    // The explorer's page is a file of its own, loaded when somebody asks for it.
    const bytes = await bundle("export { createHandler } from 'kronos-js/server'", ['node:*', './page-*'])
    expect(new TextDecoder().decode(bytes)).not.toContain('pushgateway')
    expect(gzipped(bytes)).toBeLessThan(11_000)
  })
})
