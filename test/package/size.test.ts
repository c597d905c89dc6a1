import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

async function bundle(contents: string): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: process.cwd() },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  return outputFiles[0]!.contents
}

const gzipped = (bytes: Uint8Array) => gzipSync(bytes, { level: 9 }).length

describe('gzipped sizes', () => {
  it('the <script> bundle: 12 kB, less than half of what it succeeds', () => {
    expect(gzipped(readFileSync('dist/kronos.global.js'))).toBeLessThan(12_000)
  })

  it('the client, bundled: 12 kB, of which ky is 5', async () => {
    const bytes = await bundle("export { KronosClient } from 'kronos-js'")
    expect(gzipped(bytes)).toBeLessThan(12_000)
    // What only servers and commands need.
    for (const word of ['node:', 'srvx', 'commander', 'INSERT', '1732584193', 'levels of nesting']) {
      expect(new TextDecoder().decode(bytes)).not.toContain(word)
    }
  })

  it('a function of time alone: no client comes with it', async () => {
    expect(gzipped(await bundle("export { toKronosTime } from 'kronos-js'"))).toBeLessThan(1400)
  })
})
