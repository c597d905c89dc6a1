export { KronosClient } from './client/client.ts'
export type { Bucket, HistogramOptions } from './client/histogram.ts'
export type {
  CallOptions,
  ClientOptions,
  GetOptions,
  PutOptions,
  RangeOptions,
  RetryOptions,
} from './client/options.ts'
export type { Schemas, StandardSchema } from './client/schemas.ts'
export type { TailOptions } from './client/tail.ts'
export type {
  AnyStreams,
  DeleteResponse,
  IndexResponse,
  KronosEvent,
  Library,
  PutEvent,
  PutResponse,
  Rejection,
  SchemaResponse,
} from './client/types.ts'
export type { Beacon } from './delivery/beacon.ts'
export type { DeliveryStats, OnError, UndeliveredEvent } from './delivery/ledger.ts'
export type { DeliveryOptions, DeliveryReport, FlushOptions } from './delivery/options.ts'
export type { LoggedException } from './instrument/log.ts'
export type { LogFunctionOptions } from './instrument/log-function.ts'
export {
  type ComputeOptions,
  type Query,
  QueryCache,
  type QueryCacheOptions,
  type RetrieveOptions,
} from './instrument/query-cache.ts'
export type { Answer } from './protocol/answer.ts'
export {
  type DropReason,
  isKronosError,
  KronosConnectionError,
  KronosDeliveryError,
  KronosError,
  type KronosErrorCode,
  KronosHTTPError,
  KronosResponseError,
  KronosTimeoutError,
  KronosValidationError,
} from './protocol/errors.ts'
export { compareIds, idTime } from './protocol/event-id.ts'
export { ID_FIELD, LIBRARY_FIELD, type Order, TIMESTAMP_FIELD } from './protocol/fields.ts'
export { parse, stringify } from './protocol/json.ts'
export { RawEvent, rawEvent } from './protocol/raw-event.ts'
export type { Schema } from './protocol/schema.ts'
export {
  type KronosTime,
  kronosTimeNow,
  type TimeInput,
  toDate,
  toISOString,
  toKronosTime,
} from './protocol/time.ts'
export type { TimeOf, Times } from './reading/codec.ts'
export type { EventStream } from './reading/event-stream.ts'
export type { Span, Tracer } from './transport/trace.ts'
export type { Transport } from './transport/transport.ts'
