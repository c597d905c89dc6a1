import { KronosValidationError } from '../protocol/errors.ts'
import { isName } from '../protocol/fields.ts'
import type { Store } from '../store/store.ts'

/** What may be called: everything; `index` and `put`; everything but `put` and `delete`. */
export type Mode = 'all' | 'collector' | 'readonly'

/** A token, and what those who have it may do. */
export interface TokenOptions {
  /** Visible ASCII characters, sent as `Authorization: Bearer TOKEN`. */
  token: string
  /** What may be called, within the server's own `mode`. @default 'all' */
  mode?: Mode | undefined
  /** The namespaces that may be used, within the server's own `namespaces`. @default all */
  namespaces?: readonly string[] | undefined
}

/** How a server serves. */
export interface HandlerOptions {
  /** Where the events are kept. It stays the caller's to close. */
  store: Store
  /** What may be called. @default 'all' */
  mode?: Mode | undefined
  /** The origins whose pages may call, such as `https://example.com`; `*` for every page. @default none */
  cors?: { origins: readonly string[] } | undefined
  /** With tokens, every path but `/healthz` and the explorer's page wants one. @default none */
  tokens?: readonly TokenOptions[] | undefined
  /** The namespaces that may be used. @default all */
  namespaces?: readonly string[] | undefined
  /** The largest body taken, in bytes, before and after it is unpacked. @default 16 MiB */
  maxBodyBytes?: number | undefined
  /** The largest number of events in one put. @default no limit but the body's */
  maxEventsPerPut?: number | undefined
  /** Whether to serve the explorer, a page to look at the events with, at `/`. @default false */
  explorer?: boolean | undefined
}

/** The options, checked, with every default filled in. */
export interface Settings {
  readonly store: Store
  readonly mode: Mode
  readonly origins: ReadonlySet<string>
  readonly tokens: readonly Token[]
  readonly namespaces: ReadonlySet<string> | undefined
  readonly maxBodyBytes: number
  readonly maxEventsPerPut: number
  readonly explorer: boolean
}

export interface Token {
  readonly bytes: Uint8Array
  readonly mode: Mode
  readonly namespaces: ReadonlySet<string> | undefined
}

/** Every mode there is. */
export const MODES: readonly Mode[] = ['all', 'collector', 'readonly']

const OPTIONS = [
  'store',
  'mode',
  'cors',
  'tokens',
  'namespaces',
  'maxBodyBytes',
  'maxEventsPerPut',
  'explorer',
]
const DEFAULT_MAX_BODY_BYTES = 16 * 1024 * 1024

/** @throws {KronosValidationError} naming the option that is wrong */
export function resolveOptions(options: HandlerOptions): Settings {
  checkNames('options', options, OPTIONS)
  const { cors, tokens = [], explorer = false } = options
  if (cors !== undefined) checkNames('options.cors', cors, ['origins'])
  if (typeof explorer !== 'boolean') {
    throw new KronosValidationError('options.explorer', 'true or false', explorer)
  }
  const origins = cors === undefined ? [] : checkArray('options.cors.origins', cors.origins)
  return {
    store: checkStore(options.store),
    mode: checkMode('options.mode', options.mode),
    origins: new Set(origins.map((origin, index) => checkOrigin(`options.cors.origins[${index}]`, origin))),
    tokens: checkTokens(tokens),
    namespaces: checkNamespaces('options.namespaces', options.namespaces),
    maxBodyBytes: checkCount('options.maxBodyBytes', options.maxBodyBytes, DEFAULT_MAX_BODY_BYTES),
    maxEventsPerPut: checkCount('options.maxEventsPerPut', options.maxEventsPerPut, Number.POSITIVE_INFINITY),
    explorer,
  }
}

/** @throws {KronosValidationError} for what is no object, or has a member of another name */
export function checkNames(field: string, value: unknown, names: readonly string[]): void {
  if (typeof value !== 'object' || value === null) {
    throw new KronosValidationError(field, 'an object', value)
  }
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) throw new KronosValidationError(field, `only ${names.join(', ')}`, name)
  }
}

function checkArray(field: string, value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new KronosValidationError(field, 'an array', value)
  return value
}

function checkStore(store: Store): Store {
  for (const method of ['insert', 'retrieve', 'delete', 'streams', 'namespaces', 'isAlive'] as const) {
    if (typeof store?.[method] !== 'function') {
      throw new KronosValidationError('options.store', 'a store, such as memoryStore() gives', store)
    }
  }
  if (!isName(store.name)) throw new KronosValidationError('options.store.name', 'a name', store.name)
  return store
}

function checkMode(field: string, mode: Mode = 'all'): Mode {
  if (!MODES.includes(mode)) throw new KronosValidationError(field, `one of ${MODES.join(', ')}`, mode)
  return mode
}

/** As a browser would send it, so that strings can be compared. */
function checkOrigin(field: string, origin: unknown): string {
  if (origin === '*') return origin
  if (
    typeof origin === 'string' &&
    /^[a-z][a-z\d+.-]*:\/\/[^/?#\\\s]+$/i.test(origin) &&
    URL.canParse(origin)
  ) {
    const normal = new URL(origin).origin
    // What `URL` has no origin for, such as a browser extension's, is compared as it stands.
    return normal === 'null' ? origin : normal
  }
  throw new KronosValidationError(field, 'an origin such as https://example.com, or *', origin)
}

/** A token is a secret even where it doesn't belong, and errors end up in logs: none of them shows one. */
function checkTokens(tokens: readonly TokenOptions[]): Token[] {
  if (!Array.isArray(tokens))
    throw new KronosValidationError('options.tokens', 'an array', `a ${typeof tokens}`)
  const seen = new Set<string>()
  return tokens.map((options: TokenOptions, index) => {
    const field = `options.tokens[${index}]`
    if (typeof options !== 'object')
      throw new KronosValidationError(field, 'an object', `a ${typeof options}`)
    checkNames(field, options, ['token', 'mode', 'namespaces'])
    const { token } = options
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
      throw new KronosValidationError(`${field}.token`, 'visible ASCII characters', `a ${typeof token}`)
    }
    if (seen.has(token)) throw new KronosValidationError(`${field}.token`, 'no token twice', 'one again')
    seen.add(token)
    return {
      bytes: new TextEncoder().encode(token),
      mode: checkMode(`${field}.mode`, options.mode),
      namespaces: checkNamespaces(`${field}.namespaces`, options.namespaces),
    }
  })
}

function checkNamespaces(field: string, names: readonly string[] | undefined): Set<string> | undefined {
  if (names === undefined) return undefined
  for (const [index, name] of checkArray(field, names).entries()) {
    if (!isName(name)) throw new KronosValidationError(`${field}[${index}]`, 'a namespace', name)
  }
  // Nobody means a server that nobody may use.
  if (names.length === 0) throw new KronosValidationError(field, 'at least one namespace', names)
  return new Set(names)
}

export function checkCount(field: string, value: number | undefined, ifAbsent: number): number {
  if (value === undefined) return ifAbsent
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new KronosValidationError(field, 'a positive integer', value)
  }
  return value
}
