export { type SQLiteStoreOptions, sqliteStore } from './store/sqlite/sqlite.ts'
export type { RangeQuery, Store, StoredEvent } from './store/store.ts'
