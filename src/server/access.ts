import { DEFAULT_NAMESPACE, isName } from '../protocol/fields.ts'
import type { Mode, Settings, Token } from './options.ts'
import { Refusal } from './refusal.ts'

/** What a request may do: what every one of its grants allows, the server's own and its token's. */
export type Rights = readonly Grant[]

interface Grant {
  readonly mode: Mode
  readonly namespaces: ReadonlySet<string> | undefined
}

/**
 * Says what a request may do, by its token if the server has tokens.
 *
 * @param queryCounts whether a collector's token may also come as `?token=`: a beacon has no headers
 * @throws {Refusal} the same for a token that is missing and for one that is wrong
 */
export function findRights(request: Request, url: URL, settings: Settings, queryCounts: boolean): Rights {
  if (settings.tokens.length === 0) return [settings]
  const header = request.headers.get('authorization')
  const byHeader = /^bearer +(\S+)$/i.exec(header ?? '')?.[1]
  const byQuery = header === null && queryCounts ? url.searchParams.get('token') : null
  const token = findToken(byHeader ?? byQuery ?? '', settings.tokens)
  if (!token || (byHeader === undefined && token.mode !== 'collector')) {
    throw new Refusal(401, 'a valid token is needed: Authorization: Bearer TOKEN', {
      'www-authenticate': 'Bearer',
    })
  }
  return [settings, token]
}

/** Compares with all of the tokens, in a time that depends on nothing but the length of what was sent. */
function findToken(given: string, tokens: readonly Token[]): Token | undefined {
  const bytes = new TextEncoder().encode(given)
  let found: Token | undefined
  for (const token of tokens) {
    if (sameBytes(bytes, token.bytes)) found = token
  }
  return found
}

function sameBytes(given: Uint8Array, secret: Uint8Array): boolean {
  let difference = given.length ^ secret.length
  for (let index = 0; index < given.length; index++) {
    difference |= given[index]! ^ secret[index % secret.length]!
  }
  return difference === 0
}

/** @throws {Refusal} for a call that is in none of the modes */
export function checkMode(rights: Rights, modes: readonly Mode[]): void {
  if (!rights.every(({ mode }) => modes.includes(mode)))
    throw new Refusal(403, 'this call is not allowed here')
}

/**
 * Says which namespace a request means.
 *
 * @param given the body's field; absent or null means the default one
 * @throws {Refusal} for what is no namespace, or not one to be used
 */
export function checkNamespace(rights: Rights, given: unknown): string {
  const namespace = given ?? DEFAULT_NAMESPACE
  if (!isName(namespace)) throw new Refusal(400, 'namespace: expected 1 to 2048 of A-Z a-z 0-9 _ . -')
  if (!isAllowed(rights, namespace)) {
    throw new Refusal(403, `the namespace ${namespace} is not allowed here`)
  }
  return namespace
}

/** Whether a namespace is in every list that there is. */
export function isAllowed(rights: Rights, namespace: string): boolean {
  return rights.every(({ namespaces }) => namespaces?.has(namespace) ?? true)
}
