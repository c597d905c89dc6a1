import { takeOver } from './client/page-client.ts'

export { flush, init, put } from './client/page-client.ts'
export { indexedDBQueue } from './delivery/indexed-db-queue.ts'
export * from './index.ts'

takeOver((globalThis as { kronos?: Parameters<typeof takeOver>[0] }).kronos)
