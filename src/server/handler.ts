import { v4 } from 'uuid'
import { PATHS } from '../protocol/fields.ts'
import { checkMode, findRights } from './access.ts'
import { answerError } from './answers.ts'
import { answerOptions, checkOrigin, corsHeaders } from './browsers.ts'
import type { Call } from './call.ts'
import { deleteEvents } from './delete.ts'
import { explorer } from './explorer.ts'
import { get } from './get.ts'
import { histogram } from './histogram.ts'
import { health, index } from './index-call.ts'
import { namespaces } from './namespaces.ts'
import { type HandlerOptions, MODES, type Mode, resolveOptions, type Settings } from './options.ts'
import { put } from './put.ts'
import { RETRY_SOON, Refusal } from './refusal.ts'
import { schema } from './schema.ts'
import { streams } from './streams.ts'
import { beginWork, type Work } from './work.ts'

/** A Kronos server without a socket. */
export interface Handler {
  /** Answers a request. It never rejects, and works detached: `const { fetch } = handler`. */
  fetch: (request: Request) => Promise<Response>
}

/** What a path answers. */
export interface Route {
  methods: readonly string[]
  /** The modes that allow it. */
  modes: readonly Mode[]
  answer: (call: Call) => Promise<Response>
  /** Whether it wants no token. */
  open?: true
  /** Whether, where there are tokens, the token's mode counts and not the server's. */
  byToken?: true
}

type Routes = ReadonlyMap<string, Route>

/** The methods of what only looks. */
export const READ = ['GET', 'HEAD']
/** Where the explorer is, on a server that has it. */
const EXPLORER = '/'
const ROUTES: Routes = new Map<string, Route>([
  [EXPLORER, { methods: READ, modes: ['all', 'readonly'], answer: explorer, open: true }],
  ['/healthz', { methods: READ, modes: MODES, answer: health, open: true }],
  [PATHS.index, { methods: READ, modes: MODES, answer: index }],
  [PATHS.put, { methods: ['POST'], modes: ['all', 'collector'], answer: put }],
  [PATHS.get, { methods: ['POST'], modes: ['all', 'readonly'], answer: get }],
  [PATHS.delete, { methods: ['POST'], modes: ['all'], answer: deleteEvents }],
  [PATHS.streams, { methods: ['POST'], modes: ['all', 'readonly'], answer: streams }],
  [PATHS.histogram, { methods: ['POST'], modes: ['all', 'readonly'], answer: histogram }],
  [PATHS.namespaces, { methods: ['POST'], modes: ['all', 'readonly'], answer: namespaces }],
  [PATHS.inferSchema, { methods: ['POST'], modes: ['all', 'readonly'], answer: schema }],
])

/**
 * Makes a Kronos server for any runtime and framework: a function from a `Request` to a `Response`, which is
 * also a client's transport.
 *
 * @throws {KronosValidationError} naming the option that is wrong
 * @example
 * const handler = createHandler({ store: memoryStore() })
 * const client = new KronosClient(handler.fetch)
 */
export function createHandler(options: HandlerOptions): Handler {
  const answer = makeAnswer(resolveOptions(options))
  return { fetch: (request) => answer(request, beginWork()) }
}

/** Makes what answers requests, for whoever keeps the books of them; `more` are routes of its own. */
export function makeAnswer(settings: Settings, more: Routes = new Map()) {
  const routes = new Map([...ROUTES, ...more])
  // Some runtimes give out nothing random before the first request.
  let id: string | undefined
  const serverId = () => (id ??= v4())
  return async (request: Request, work: Work): Promise<Response> => {
    const startedAt = performance.now()
    try {
      const response = await dispatch(routes, { request, settings, startedAt, serverId, work })
      return complete(response, request, settings)
    } catch (error) {
      const response = answerError(error, startedAt)
      if (response.status >= 500) work.error ??= (error as Error)?.message
      return complete(response, request, settings)
    }
  }
}

function complete(response: Response, request: Request, settings: Settings): Response {
  for (const [name, value] of Object.entries(corsHeaders(request, settings.origins))) {
    response.headers.set(name, value)
  }
  return request.method === 'HEAD' ? new Response(null, response) : response
}

/** Who may not call learns nothing else: a token is asked for before the path is looked at. */
async function dispatch(routes: Routes, came: Omit<Call, 'url' | 'rights'>): Promise<Response> {
  const { request, settings, work } = came
  const url = new URL(request.url)
  const path = trimSlashes(url.pathname)
  const route = path === EXPLORER && !settings.explorer ? undefined : routes.get(path)
  if (route) work.path = path
  checkOrigin(request, url, settings.origins)
  if (request.method === 'OPTIONS' && route) {
    checkMode([settings], route.modes)
    return answerOptions(request, settings.origins, route.methods)
  }
  // What only looks costs nothing, and is most wanted now.
  if (work.overloaded && request.method === 'POST') {
    throw new Refusal(503, 'too many requests at once', RETRY_SOON)
  }
  const rights = route?.open ? [settings] : findRights(request, url, settings, path === PATHS.put)
  if (!route) throw new Refusal(404, `there is no ${path}`)
  checkMode(route.byToken ? rights.slice(-1) : rights, route.modes)
  if (!route.methods.includes(request.method)) {
    throw new Refusal(405, `${request.method} is not allowed, only ${route.methods.join(', ')}`, {
      allow: [...route.methods, 'OPTIONS'].join(', '),
    })
  }
  return route.answer({ ...came, url, rights })
}

function trimSlashes(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end)
}
