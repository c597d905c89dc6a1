import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const PAGE = '<!doctype html><link rel="icon" href="data:,"><script src="/kronos.global.js"></script>'

/** A site whose every page has the bundle by a script tag, on an origin of its own. */
export interface Site {
  readonly origin: string
  close(): Promise<void>
}

/** @param html the page, if it is another */
export async function servePages(html = PAGE): Promise<Site> {
  const bundle = readFileSync('dist/kronos.global.js')
  const server: Server = createServer((request, response) => {
    if (request.url === '/kronos.global.js') {
      response.setHeader('Content-Type', 'text/javascript').end(bundle)
    } else if (request.url === '/late.js') {
      setTimeout(() => response.setHeader('Content-Type', 'text/javascript').end(bundle), 500)
    } else response.setHeader('Content-Type', 'text/html').end(html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
