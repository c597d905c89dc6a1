// A Node service that logs its requests and what its functions do, without ever waiting for the log.
//   KRONOS_URL=http://localhost:8151 node examples/node-service.js
import { createServer } from 'node:http'
import { KronosClient } from 'kronos-js'
import { expressLogger } from 'kronos-js/middleware'

const client = new KronosClient(process.env.KRONOS_URL, { blocking: false })
const logRequest = expressLogger(client, 'service.requests')
const greet = client.logFunction('service.greet', (name) => `Hello, ${name}!`, {
  properties: { name: (name) => name },
})

const server = createServer((request, response) => {
  logRequest(request, response, () => {
    const { searchParams } = new URL(request.url, 'http://localhost')
    response.end(greet(searchParams.get('name') ?? 'you'))
  })
})
server.listen(process.env.PORT ?? 3000, () => console.log(`http://localhost:${server.address().port}`))

// The one line for orchestrators: what still waits is delivered before the process ends.
process.once('SIGTERM', () => server.close(async () => process.exit((await client.close()).queued && 1)))
