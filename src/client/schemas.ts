import { check, isPlain } from '../protocol/check.ts'
import { KronosValidationError } from '../protocol/errors.ts'
import { ID_FIELD, LIBRARY_FIELD, TIMESTAMP_FIELD } from '../protocol/fields.ts'
import { RawEvent } from '../protocol/raw-event.ts'
import type { PutList } from './put-list.ts'

/** What a validator of any library that follows Standard Schema has: zod, valibot, arktype and others. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Validators by stream name: their outputs are what is stored, their inputs what `put` takes. */
export type Schemas<Streams extends object, Puts extends object = Streams> = {
  readonly [S in keyof Streams]?: StandardSchema<unknown, Streams[S]>
} & { readonly [S in keyof Puts]?: StandardSchema<Puts[S], unknown> }

export type AnySchemas = Readonly<Record<string, StandardSchema<unknown, unknown>>>

/** What of an event is no business of its schema. */
const SET_APART = [ID_FIELD, TIMESTAMP_FIELD, LIBRARY_FIELD]

export function checkSchemas(schemas: object): AnySchemas {
  check(isPlain(schemas), 'schemas', 'an object of streams', schemas)
  for (const [stream, schema] of Object.entries(schemas)) {
    const validate = schema?.['~standard']?.validate
    check(typeof validate === 'function', `schemas[${JSON.stringify(stream)}]`, 'a Standard Schema', schema)
  }
  return schemas as AnySchemas
}

/**
 * What a stream's schema makes of an event, now or later; `@id`, `@time` and `@library` are not shown to it.
 *
 * @throws {KronosValidationError} naming the field, with the validator's issues as `cause`
 */
export function applySchema(
  schema: AnySchemas[string] | undefined,
  event: object,
  field: string,
): object | Promise<object> {
  if (!schema || !isPlain(event) || event instanceof RawEvent) return event
  const given: object = 'toJSON' in event && typeof event.toJSON === 'function' ? event.toJSON() : event
  const content: Record<string, unknown> = { ...given }
  const apart: Record<string, unknown> = {}
  for (const name of SET_APART) {
    if (name in content) apart[name] = content[name]
    delete content[name]
  }
  const settle = ({ issues, ...result }: SchemaResult<unknown>) => {
    if (issues) throw refuse(issues, content, field)
    return { ...(result as { value: object }).value, ...apart }
  }
  const result = schema['~standard'].validate(content)
  return result instanceof Promise ? result.then(settle) : settle(result)
}

/** The same for all events of a put that is waited for. */
export function applySchemas(schemas: AnySchemas, lists: readonly PutList[]): Promise<PutList[]> {
  return Promise.all(
    lists.map(async (list) => {
      const schema = schemas[list.stream]
      const events = list.events.map((event, index) => applySchema(schema, event, list.name(index)))
      return { ...list, events: await Promise.all(events) }
    }),
  )
}

/** The same for an event that nobody waits for. */
export function applySchemaNow(
  schemas: AnySchemas | undefined,
  stream: string,
  event: object,
  field: string,
): object {
  const result = applySchema(schemas?.[stream], event, field)
  if (!(result instanceof Promise)) return result
  result.catch(() => {})
  throw new KronosValidationError(
    `schemas[${JSON.stringify(stream)}]`,
    'a validator that answers at once (with blocking: false)',
    result,
  )
}

/** The same for an event that was stored, named in errors by its id. */
export function checkStored(schema: AnySchemas[string] | undefined) {
  return async (event: unknown) =>
    applySchema(schema, event as object, (event as { [ID_FIELD]: string })[ID_FIELD])
}

function refuse(issues: readonly SchemaIssue[], content: unknown, field: string): KronosValidationError {
  const path = issues[0]?.path?.map((part) => (typeof part === 'object' ? part.key : part)) ?? []
  const received = path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown>)?.[key],
    content,
  )
  const messages = issues.map(({ message }) => message).join('; ')
  return new KronosValidationError(
    [field, ...path].join('.'),
    `what its schema takes (${messages})`,
    received,
    {
      cause: issues,
    },
  )
}
