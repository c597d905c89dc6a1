import { v4 } from 'uuid'
import { PATHS } from '../protocol/fields.ts'
import { checkMode, findRights } from './access.ts'
import { answerError } from './answers.ts'
import { answerOptions, checkOrigin, corsHeaders } from './browsers.ts'
import type { Call } from './call.ts'
import { deleteEvents } from './delete.ts'
import { get } from './get.ts'
import { health, index } from './index-call.ts'
import { type HandlerOptions, MODES, type Mode, resolveOptions, type Settings } from './options.ts'
import { put } from './put.ts'
import { Refusal } from './refusal.ts'
import { schema } from './schema.ts'
import { streams } from './streams.ts'

/** A Kronos server without a socket. */
export interface Handler {
  /** Answers a request. It never rejects, and works detached: `const { fetch } = handler`. */
  fetch: (request: Request) => Promise<Response>
}

interface Route {
  methods: readonly string[]
  /** The modes that allow it. */
  modes: readonly Mode[]
  answer: (call: Call) => Promise<Response>
  /** Whether it wants no token. */
  open?: true
}

const READ = ['GET', 'HEAD']
const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/healthz', { methods: READ, modes: MODES, answer: health, open: true }],
  [PATHS.index, { methods: READ, modes: MODES, answer: index }],
  [PATHS.put, { methods: ['POST'], modes: ['all', 'collector'], answer: put }],
  [PATHS.get, { methods: ['POST'], modes: ['all', 'readonly'], answer: get }],
  [PATHS.delete, { methods: ['POST'], modes: ['all'], answer: deleteEvents }],
  [PATHS.streams, { methods: ['POST'], modes: ['all', 'readonly'], answer: streams }],
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
  const settings = resolveOptions(options)
  // Some runtimes give out nothing random before the first request.
  let id: string | undefined
  const serverId = () => (id ??= v4())
  return { fetch: (request) => answer(request, settings, serverId) }
}

async function answer(request: Request, settings: Settings, serverId: () => string): Promise<Response> {
  const startedAt = performance.now()
  let response: Response
  try {
    response = await dispatch(request, settings, serverId, startedAt)
  } catch (error) {
    response = answerError(error, startedAt)
  }
  for (const [name, value] of Object.entries(corsHeaders(request, settings.origins))) {
    response.headers.set(name, value)
  }
  return request.method === 'HEAD' ? new Response(null, response) : response
}

/** Who may not call learns nothing else: a token is asked for before the path is looked at. */
async function dispatch(
  request: Request,
  settings: Settings,
  serverId: () => string,
  startedAt: number,
): Promise<Response> {
  const url = new URL(request.url)
  const path = trimSlashes(url.pathname)
  const route = ROUTES.get(path)
  checkOrigin(request, url, settings.origins)
  if (request.method === 'OPTIONS' && route) {
    checkMode([settings], route.modes)
    return answerOptions(request, settings.origins, route.methods)
  }
  const rights = route?.open ? [settings] : findRights(request, url, settings, path === PATHS.put)
  if (!route) throw new Refusal(404, `there is no ${path}`)
  checkMode(rights, route.modes)
  if (!route.methods.includes(request.method)) {
    throw new Refusal(405, `${request.method} is not allowed, only ${route.methods.join(', ')}`, {
      allow: [...route.methods, 'OPTIONS'].join(', '),
    })
  }
  return route.answer({ request, url, rights, settings, startedAt, serverId })
}

function trimSlashes(path: string): string {
  let end = path.length
  while (end > 1 && path[end - 1] === '/') end--
  return path.slice(0, end)
}
