export { type SQLiteStoreOptions, sqliteStore } from './store/sqlite/store.ts'
export type { RangeQuery, Store, StoredEvent } from './store/store.ts'
