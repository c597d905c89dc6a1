export { type MemoryStoreOptions, memoryStore } from './store/memory.ts'
export type { RangeQuery, Store, StoredEvent } from './store/store.ts'
