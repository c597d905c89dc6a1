import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'

const PAGE = `<!doctype html><title>kronos</title><link rel="icon" href="data:,">
  <script src="/kronos.global.js"></script><script src="/page.js"></script>`

export interface Site {
  readonly origin: string
  close(): void
}

/** A site with the `<script>` bundle of the package in a project, and a worker that imports the package. */
export async function serveSite(directory: string): Promise<Site> {
  const files = new Map([['/kronos.global.js', readPackage(directory)]])
  for (const [path, source] of [
    ['/page.js', 'page.mjs'],
    ['/worker.js', 'browser-worker.mjs'],
  ] as const)
    files.set(path, await bundle(join(directory, source)))
  const server = createServer((request, response) => {
    const file = files.get(request.url!)
    response.setHeader('content-type', file ? 'text/javascript' : 'text/html').end(file ?? PAGE)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

const readPackage = (directory: string) =>
  readFileSync(join(directory, 'node_modules/kronos-js/dist/kronos.global.js'), 'utf8')

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]!.text
}
