// A whole Kronos server inside a Hono app: its handler is a fetch handler, and so is a client's transport.
//   node examples/hono.js
import { Hono } from 'hono'
import { KronosClient } from 'kronos-js'
import { memoryStore } from 'kronos-js/memory'
import { honoLogger } from 'kronos-js/middleware'
import { createHandler } from 'kronos-js/server'

const kronos = createHandler({ store: memoryStore({ maxEvents: 10_000 }) })
const client = new KronosClient(kronos.fetch)

const app = new Hono()
app.mount('/kronos', kronos.fetch)
app.use(honoLogger(client, 'web.requests'))
app.get('/hello', (context) => context.text('hello'))
app.get('/recent', async (context) => {
  const end = new Date()
  return context.json(
    await client.get('web.requests', 0, end, { order: 'descending', limit: 10, times: 'iso' }).toArray(),
  )
})

export default app
