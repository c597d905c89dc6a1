// Answers every request with the same lines, from memory.
import { createServer } from 'node:http'

const lines = Array.from({ length: Number(process.argv[2]) }, (_, n) => {
  const low = (0xd1e8c001 + n).toString(16)
  const event = {
    user: n,
    page: `/products/${n % 1000}`,
    agent: 'Mozilla/5.0 (X11; Linux x86_64)',
    duration: n / 7,
    tags: ['a', 'b'],
    ok: n % 3 === 0,
  }
  const id = `${low}-eb87-11f1-805c-b095040549ef`
  return `{"@id":"${id}","@time":${17959104000000001n + BigInt(n)},${JSON.stringify(event).slice(1)}\n`
})
const body = Buffer.from(lines.join(''))
const server = createServer(async (request, response) => {
  for await (const _ of request);
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' })
  response.end(body)
})
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`))
