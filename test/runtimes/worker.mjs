// For workerd: what is at the top level runs in its global scope, where nothing may be random, timed or fetched.
import * as kronos from 'kronos-js'
import { memoryStore } from 'kronos-js/memory'
import { createHandler } from 'kronos-js/server'
import { runScenario } from './scenario.mjs'

const handler = createHandler({ store: memoryStore() })

export default {
  async fetch(request) {
    const failures = await runScenario(kronos, await request.text())
    const inside = await runScenario(kronos, handler.fetch)
    return Response.json({
      ran: ['client', 'handler'],
      failures: [...failures, ...inside.map((failure) => `handler: ${failure}`)],
    })
  },
}
