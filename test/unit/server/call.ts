import { expect } from 'vitest'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler, type HandlerOptions, type RangeQuery, type Store } from '../../../src/server.ts'

/** What a test sends: a body as text or bytes, or as a value to be written as JSON. */
export interface Sent {
  method?: string
  headers?: Record<string, string>
  body?: unknown
}

type Send = (path: string, sent?: Sent) => Promise<Response>

/** A server in this process, and the way to call it. */
export function startHandler(options: Partial<HandlerOptions> = {}): { send: Send; store: Store } {
  const store = options.store ?? memoryStore()
  const { fetch } = createHandler({ ...options, store })
  return {
    store,
    send: (path, { method = 'POST', headers = {}, body = {} } = {}) => {
      const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
      const hasBody = method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS'
      const request = new Request(`http://here.test${path}`, {
        method,
        headers,
        body: hasBody ? (raw as BodyInit) : null,
      })
      return fetch(request)
    },
  }
}

/** Checks that an answer is an error as every error is, and gives its words. */
export async function errorsOf(response: Response, status: number): Promise<string[]> {
  const text = await response.text()
  expect(response.status, text).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  const body = JSON.parse(text)
  expect(body).toEqual({ '@success': false, '@errors': expect.any(Array), '@took': expect.any(String) })
  expect(body['@errors'].length).toBeGreaterThan(0)
  return body['@errors']
}

/** An answer's lines, without their ends. */
export async function linesOf(response: Response): Promise<string[]> {
  expect(response.status).toBe(200)
  const text = await response.text()
  expect(text === '' || text.endsWith('\r\n')).toBe(true)
  return text.split('\r\n').slice(0, -1)
}

/** A store with some of its methods replaced. */
export function replaceMethods(store: Store, methods: Partial<Store>): Store {
  return { ...bindMethods(store), ...methods }
}

function bindMethods(store: Store): Store {
  return {
    name: store.name,
    insert: (namespace, stream, events) => store.insert(namespace, stream, events),
    retrieve: (query: RangeQuery) => store.retrieve(query),
    delete: (query: RangeQuery) => store.delete(query),
    streams: (namespace) => store.streams(namespace),
    namespaces: () => store.namespaces(),
    isAlive: () => store.isAlive(),
    close: () => store.close(),
  }
}
