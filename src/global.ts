export { indexedDBQueue } from './delivery/indexed-db-queue.ts'
export * from './index.ts'
