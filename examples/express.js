// Every request of an Express app as an event: one line.
//   KRONOS_URL=http://localhost:8151 node examples/express.js
import express from 'express'
import { expressLogger } from 'kronos-js/middleware'

const app = express()
app.use(expressLogger(process.env.KRONOS_URL, 'web.requests', { captureBody: 10_000, redact: ['password'] }))
app.use(express.json())
app.post('/login', (request, response) => void response.send(`Hello, ${request.body.user}!`))

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}`)
})
