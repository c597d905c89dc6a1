// Measures what the README's performance section says. Figures are ratios of runs side by side, in one process tree.

import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { measureGet } from './get.js'
import { measureNonBlocking } from './non-blocking.js'
import { measurePut } from './put.js'
import { measureStored } from './stored.js'

console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}`)

const { outputFiles } = await build({
  stdin: { contents: "export { KronosClient } from 'kronos-js'", resolveDir: '.' },
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  write: false,
})
const sizes = {
  'dist/kronos.global.js': readFileSync('dist/kronos.global.js'),
  "import { KronosClient } from 'kronos-js'": outputFiles[0].contents,
}
console.log('\nSize, minified and gzipped')
for (const [name, bytes] of Object.entries(sizes)) {
  console.log(`  ${name}: ${gzipSync(bytes, { level: 9 }).length} bytes`)
}

await measureGet()
await measureNonBlocking()
await measurePut()
await measureStored()
