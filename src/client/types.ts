import type { Answer } from '../protocol/answer.ts'
import type { ID_FIELD, LIBRARY_FIELD, TIMESTAMP_FIELD } from '../protocol/fields.ts'
import type { RawEvent } from '../protocol/raw-event.ts'
import type { Schema } from '../protocol/schema.ts'
import type { TimeInput } from '../protocol/time.ts'
import type { TimeOf, Times } from '../reading/codec.ts'

/** The streams of a client that names none: any stream, events of any shape. */
export type AnyStreams = Record<string, Record<string, unknown>>

/** An event as `put` takes it; without `@time` it happened now. */
export type PutEvent<Event = Record<string, unknown>> =
  | (Event & { readonly [TIMESTAMP_FIELD]?: TimeInput | undefined })
  | RawEvent

/** Which library put an event. */
export interface Library {
  name: string
  version: string
}

/** An event as `get` yields it. */
export type KronosEvent<Event = Record<string, unknown>, T extends Times = 'bigint'> = Event & {
  [ID_FIELD]: string
  [TIMESTAMP_FIELD]: TimeOf<T>
  [LIBRARY_FIELD]?: Library
}

/** An event, or a whole stream if there is no `index`, that a put did not store. */
export interface Rejection {
  /** Place in the array that was sent. */
  index?: number
  error: string
}

/** The answer of a put: by stream and store, how many events are stored. */
export type PutResponse<Stream extends string = string> = {
  [S in Stream]: Record<string, { num_inserted: number; '@errors'?: string[] }>
} & Answer & { '@rejected'?: Record<string, Rejection[]> }

/** The answer of a delete: by stream and store, how many events were deleted. */
export type DeleteResponse<Stream extends string = string> = {
  [S in Stream]: Record<string, { num_deleted: number; '@errors'?: string[] }>
} & Answer

/** The answer of `inferSchema`. */
export interface SchemaResponse extends Answer {
  stream: string
  namespace: string
  schema: Schema
}

/** The answer of `index`. */
export interface IndexResponse extends Answer {
  service: string
  version: string
  id: string
  storage: Record<string, { alive: boolean; backend: string }>
  /** What the server has beyond the original's protocol. */
  features?: string[]
}
