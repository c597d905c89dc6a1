// A transport of one's own: a function from Request to Response. This one asks a second server when the first is away.
//   node examples/transport.js http://localhost:8151 http://localhost:8152
import { KronosClient } from 'kronos-js'

/** Puts carry an idempotency key, so to ask twice stores once, where both servers share a store. */
function withFallback(...servers) {
  return async (request) => {
    const { pathname, search } = new URL(request.url)
    for (const [index, server] of servers.entries()) {
      try {
        return await fetch(new Request(server + pathname + search, request.clone()))
      } catch (error) {
        if (index === servers.length - 1 || request.signal.aborted) throw error
      }
    }
  }
}

const client = new KronosClient(withFallback(...process.argv.slice(2)))
await client.put('fallback', { from: 'transport' })
for await (const { from } of client.get('fallback')) console.log(from)
