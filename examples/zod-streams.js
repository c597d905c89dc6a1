// Streams with schemas: what is put is checked and completed, and TypeScript knows what comes back.
//   KRONOS_URL=http://localhost:8151 node examples/zod-streams.js
import { isKronosError, KronosClient } from 'kronos-js'
import { z } from 'zod'

const schemas = {
  'shop.orders': z.object({
    order: z.string(),
    amount: z.number().positive(),
    currency: z.string().length(3).default('EUR'),
  }),
}
const client = new KronosClient(process.env.KRONOS_URL, { schemas })

await client.put('shop.orders', { order: 'A-1', amount: 12.5 })
try {
  await client.put('shop.orders', { order: 'A-2', amount: -1 })
} catch (error) {
  if (!isKronosError(error)) throw error
  console.log(error.field) // event.amount
}
for await (const { order, amount, currency } of client.get('shop.orders'))
  console.log(order, amount, currency)
