// Reads bodies, and does nothing with them. Counts the events that came, by whose they are, when it is asked.
import { createServer } from 'node:http'

const NAMES = {
  '/by-hand': 'a queue by hand',
  '/kronos': 'kronos-js, blocking: false',
  '/posthog': 'posthog-node',
  '/segment': '@segment/analytics-node',
}
const MARK = 'campaign=autumn-2026'
const received = {}
const server = createServer(async (request, response) => {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const path = Object.keys(NAMES).find((start) => request.url.startsWith(start))
  if (path) received[NAMES[path]] = (received[NAMES[path]] ?? 0) + countMarks(Buffer.concat(chunks))
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.end('{"@success":true,"@took":"0ms"}')
})
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`))
process.on('message', () => process.send(received))

function countMarks(bytes) {
  let count = 0
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) count++
  return count
}
