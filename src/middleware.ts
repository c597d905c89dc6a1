export {
  type ExpressRequest,
  type ExpressResponse,
  expressLogger,
  fetchLogger,
  type HonoContext,
  honoLogger,
} from './instrument/middleware.ts'
export type { LogTarget, RequestEvent, RequestLogOptions } from './instrument/request-log.ts'
