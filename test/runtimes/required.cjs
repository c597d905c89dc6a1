// For a CommonJS program; prints "ok" when all of it holds.
const assert = require('node:assert/strict')
const { KronosClient } = require('kronos-js')
const { memoryStore } = require('kronos-js/memory')
const { createHandler } = require('kronos-js/server')

const client = new KronosClient(createHandler({ store: memoryStore() }).fetch)
client
  .put('s', { '@time': 17959104000000001n })
  .then(() => client.get('s').toArray())
  .then(([event]) => {
    assert.equal(event['@time'], 17959104000000001n)
    console.log('ok')
  })
