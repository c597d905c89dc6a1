import { END_HEADER } from '../protocol/fields.ts'
import { Refusal } from './refusal.ts'

/** The origins whose pages may call; `*` stands for every one. */
type Origins = ReadonlySet<string>

/** The headers that let a page of a listed origin read an answer, errors included; none for other pages. */
export function corsHeaders(request: Request, origins: Origins): Record<string, string> {
  if (origins.size === 0) return {}
  // A cache must not give one origin's answer to another's page.
  const headers: Record<string, string> = origins.has('*') ? {} : { vary: 'Origin' }
  const origin = request.headers.get('origin')
  if (origin === null || !isListed(origin, origins)) return headers
  headers['access-control-expose-headers'] = `${END_HEADER}, retry-after`
  if (origins.has(origin)) {
    headers['access-control-allow-origin'] = origin
    headers['access-control-allow-credentials'] = 'true'
  } else {
    // Credentials are for those listed by name.
    headers['access-control-allow-origin'] = '*'
  }
  return headers
}

/**
 * Refuses a POST of a page from elsewhere. A body counts as JSON whatever its type says, so without this any
 * page could put and delete on a server of its reader's, with no preflight.
 *
 * @throws {Refusal}
 */
export function checkOrigin(request: Request, url: URL, origins: Origins): void {
  const origin = request.headers.get('origin')
  if (request.method !== 'POST' || origin === null) return
  if (!isListed(origin, origins) && !isOwn(origin, url)) throw foreign()
}

/**
 * Answers `OPTIONS`: a preflight of a listed origin, or anybody's wish to know the methods.
 *
 * @throws {Refusal} for a page from elsewhere
 */
export function answerOptions(request: Request, origins: Origins, methods: readonly string[]): Response {
  const origin = request.headers.get('origin')
  if (origin !== null && !isListed(origin, origins)) throw foreign()
  const headers = new Headers({
    allow: [...methods, 'OPTIONS'].join(', '),
    'x-content-type-options': 'nosniff',
  })
  if (origin !== null) {
    headers.set('access-control-allow-methods', methods.join(', '))
    headers.set(
      'access-control-allow-headers',
      'authorization, content-encoding, content-type, idempotency-key, traceparent, tracestate',
    )
    headers.set('access-control-max-age', '86400')
  }
  return new Response(null, { status: 204, headers })
}

function foreign(): Refusal {
  return new Refusal(403, 'pages of this origin may not call here')
}

function isListed(origin: string, origins: Origins): boolean {
  return origins.has('*') || origins.has(origin)
}

/** By host alone: behind a proxy that ends TLS, the server sees another scheme than the page. */
function isOwn(origin: string, url: URL): boolean {
  return URL.canParse(origin) && new URL(origin).host === url.host
}
