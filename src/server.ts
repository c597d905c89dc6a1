export { createHandler, type Handler } from './server/handler.ts'
export type { HandlerOptions, Mode, TokenOptions } from './server/options.ts'
export { type ServeOptions, type Server, serve } from './server/serve.ts'
export type { RangeQuery, Store, StoredEvent } from './store/store.ts'
