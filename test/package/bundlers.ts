import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nodeResolve } from '@rollup/plugin-node-resolve'
import esbuild from 'esbuild'
import { rollup } from 'rollup'
import { minify } from 'terser'
import { createLogger, build as vite } from 'vite'
import webpack from 'webpack'

/** What a bundler made of a file, minified, and what it said. */
export interface Bundle {
  code: string
  warnings: string[]
}

/** Bundles an ES module for a page, with as little configuration as there can be. */
export const BUNDLERS: Record<string, (entry: string) => Promise<Bundle>> = {
  async esbuild(entry) {
    const { outputFiles, warnings } = await esbuild.build({
      entryPoints: [entry],
      outdir: dirname(entry),
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      write: false,
      logLevel: 'silent',
    })
    // With the entry come the chunks of what it imports later.
    const { text } = outputFiles.find(({ path }) => basename(path) === basename(entry))!
    return { code: text, warnings: warnings.map((warning) => warning.text) }
  },

  async Rollup(entry) {
    const warnings: string[] = []
    const made = await rollup({
      input: entry,
      plugins: [nodeResolve({ browser: true })],
      onwarn: ({ message }) => warnings.push(message),
    })
    const { output } = await made.generate({ format: 'esm' })
    return { code: await minified(output[0].code), warnings }
  },

  async Vite(entry) {
    const warnings: string[] = []
    const customLogger = createLogger('silent')
    for (const level of ['warn', 'warnOnce', 'error'] as const)
      customLogger[level] = (message) => warnings.push(message)
    const lib = { entry, formats: ['es' as const] }
    const made = await vite({
      root: dirname(entry),
      configFile: false,
      logLevel: 'silent',
      customLogger,
      build: { write: false, reportCompressedSize: false, lib },
    })
    const [{ output }] = [made].flat() as unknown as [{ output: [{ code: string }] }]
    return { code: await minified(output[0].code), warnings }
  },

  async webpack(entry) {
    const path = join(dirname(entry), 'webpack')
    const stats = await new Promise<webpack.Stats>((resolve, reject) => {
      const options: webpack.Configuration = {
        mode: 'production',
        entry,
        experiments: { outputModule: true },
        output: { path, filename: 'bundle.js', library: { type: 'module' } },
        // Its advice on sizes is for a whole page.
        performance: { hints: false },
      }
      webpack(options, (error, done) => (done ? resolve(done) : reject(error)))
    })
    const { warnings = [], errors = [] } = stats.toJson()
    const code = errors.length > 0 ? '' : readFileSync(join(path, 'bundle.js'), 'utf8')
    return { code, warnings: [...warnings, ...errors].map(({ message }) => message) }
  },
}

const minified = async (code: string) => (await minify(code, { module: true })).code!
