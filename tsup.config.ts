import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'
import { defineExplorer } from './scripts/explorer-page.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
const define = { __VERSION__: JSON.stringify(version) }

export default defineConfig(async () => [
  {
    // One config for all the entries: what they share becomes chunks, so an error class exists once.
    entry: ['index', 'durable', 'server', 'memory', 'sqlite', 'middleware', 'bin'].map(
      (name) => `src/${name}.ts`,
    ),
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    // The optional drivers are resolved when a store is opened, never while bundling.
    external: [/^node:/, 'libsql', 'better-sqlite3'],
    splitting: true,
    treeshake: true,
    dts: {
      entry: ['index', 'durable', 'server', 'memory', 'sqlite', 'middleware'].map((name) => `src/${name}.ts`),
    },
    clean: true,
    define: { ...define, ...(await defineExplorer(version, true)) },
  },
  {
    entry: { kronos: 'src/global.ts' },
    format: 'iife',
    globalName: 'kronos',
    outExtension: () => ({ js: '.global.js' }),
    target: 'es2022',
    platform: 'browser',
    noExternal: [/.*/],
    // 500 bytes smaller, gzipped, than esbuild's.
    minify: 'terser',
    terserOptions: { compress: { passes: 3, ecma: 2020 } },
    define,
  },
])
