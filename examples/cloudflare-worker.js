// A Cloudflare worker: a client for each request, and the answer doesn't wait for the log.
import { KronosClient } from 'kronos-js'

export default {
  async fetch(request, env, context) {
    const client = new KronosClient(env.KRONOS_URL, { blocking: false, token: env.KRONOS_TOKEN })
    const { pathname } = new URL(request.url)
    client.put('worker.requests', { path: pathname, country: request.cf?.country })
    context.waitUntil(client.flush())
    return new Response(`You asked for ${pathname}`)
  },
}
