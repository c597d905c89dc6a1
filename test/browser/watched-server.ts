import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from 'srvx/node'
import { KronosClient } from '../../src/index.ts'
import { memoryStore } from '../../src/memory.ts'
import { createHandler, type Store } from '../../src/server.ts'

/** A Kronos server on an origin of its own that notes what comes, and can be made to hold its answers back. */
export async function startWatchedServer(origins: string[]) {
  let gate: Promise<void> = Promise.resolve()
  const requests: { method: string; type: string | undefined; bytes: number; key: string | null }[] = []
  const memory = memoryStore()
  const store: Store = {
    ...memory,
    insert: async (...args) => {
      await gate
      return memory.insert(...args)
    },
  }
  const handle = toNodeHandler(createHandler({ store, cors: { origins } }).fetch) as RequestListener
  const server = createServer((request, response) => {
    requests.push({
      method: request.method!,
      type: request.headers['content-type'],
      bytes: Number(request.headers['content-length'] ?? 0),
      key: new URL(request.url!, 'http://x').searchParams.get('idempotency_key'),
    })
    handle(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new KronosClient(url)
  return {
    url,
    requests,
    /** Nothing is stored, and no put answered, until it is called off. */
    hold(): () => void {
      let release = () => {}
      gate = new Promise((resolve) => {
        release = resolve
      })
      return release
    },
    /** The numbers of the events in a stream, in order. */
    async stored(stream: string): Promise<number[]> {
      const events = await client.get(stream).toArray()
      return events.map((event) => event['n'] as number).sort((a, b) => a - b)
    },
    close(): void {
      server.close()
      server.closeAllConnections()
    },
  }
}
