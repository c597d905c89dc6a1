import { createHash } from 'node:crypto'
import { build, type Plugin } from 'esbuild'
import { minify } from 'terser'

const ICON =
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='8' fill='%234f46e5'/>" +
  "<path d='M8 22v-5M14 22V10M20 22v-8M26 22V13' stroke='white' stroke-width='3' stroke-linecap='round'/></svg>"

/** The page waits for what it puts, so the room that delivers in the background, 4 kB, stays out. */
const withoutDelivery: Plugin = {
  name: 'without-delivery',
  setup({ onLoad }) {
    onLoad({ filter: /\bdelivery[\\/]delivery\.ts$/ }, () => ({
      contents: 'export const Delivery = undefined',
    }))
  },
}

/**
 * Puts the explorer together: its script and style inside the page, so that it needs no second request, and the
 * Content-Security-Policy that allows just these. What it gives is for bundlers' `define`.
 *
 * @param small whether to take the time to save some more kilobytes
 */
export async function defineExplorer(version: string, small: boolean): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    entryPoints: ['src/explorer/main.tsx'],
    outdir: 'explorer',
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    plugins: [withoutDelivery],
    define: { __VERSION__: JSON.stringify(version) },
  })
  const read = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))!.text.trim()
  const bundled = read('.js')
  const minified = small ? await minify(bundled, { module: true, compress: { passes: 2, ecma: 2020 } }) : {}
  // Inside a page these would end the script, or begin what hides its end.
  const script = (minified.code ?? bundled).replace(/<(?=\/script|script|!--)/gi, '\\x3c')
  const style = read('.css')
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Kronos explorer</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:image/svg+xml,${ICON}">
<style>${style}</style>
<div id="app"></div>
<script type="module">${script}</script>
</html>
`
  return { __EXPLORER_HTML__: JSON.stringify(html), __EXPLORER_POLICY__: JSON.stringify(policy) }
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
