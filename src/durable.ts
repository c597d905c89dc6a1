export { fileQueue } from './delivery/file-queue.ts'
export { indexedDBQueue } from './delivery/indexed-db-queue.ts'
export type { DurableQueue, StoredBatch } from './delivery/queue.ts'
