import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler, type HandlerOptions, type Store } from '../../../src/server.ts'

type Options = Partial<HandlerOptions>

function makeServer(options: Options = {}) {
  const { fetch } = createHandler({ store: memoryStore(), ...options })
  return async (path: string, body?: unknown, init: RequestInit = {}) => {
    const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    const method = body === undefined ? 'GET' : 'POST'
    return fetch(
      new Request(`http://127.0.0.1:8151${path}`, { method, body: (text ?? null) as string | null, ...init }),
    )
  }
}

const put = (stream: string, ...events: string[]) => `{"events":{"${stream}":[${events}]}}`
/** Fails after what it is given, or at once. */
async function* failingLines(lines: string): AsyncGenerator<string> {
  if (lines) yield lines
  throw new Error('down')
}

const ALL = { start_time: 0, end_time: 2 ** 55 }

describe('an idempotency key', () => {
  const key = '7c9e6679-7425-40de-944b-e07fc1f90ae7'

  it('gives the ids of the protocol’s examples', async () => {
    const send = makeServer()
    const path = `/1.0/events/put?idempotency_key=${key}`
    const event = '{"@time":17959104000000001}'
    await send(path, put('site.clicks', event, event))
    await send(path, `{"namespace":"other","index":{"a":999},"events":{"a":[{"@time":0}]}}`)
    const ids = async (body: object) =>
      [
        ...(await (await send('/1.0/events/get', { ...ALL, ...body })).text()).matchAll(/"@id":"([^"]+)/g),
      ].map(([, id]) => id)
    expect(await ids({ stream: 'site.clicks' })).toEqual([
      'd1e8c001-eb87-11f1-805c-b095040549ef',
      'd1e8c001-eb87-11f1-805c-b095040549f0',
    ])
    expect(await ids({ stream: 'a', namespace: 'other' })).toEqual(['13814000-1dd2-11b2-8166-c9653428dd19'])
  })

  it('stores a batch once, also in parts, also by header', async () => {
    const send = makeServer()
    const events = Array.from({ length: 10 }, (_, n) => `{"@time":1,"n":${n}}`)
    await send(`/1.0/events/put?idempotency_key=${key}`, put('s', ...events))
    await send('/1.0/events/put', `{"index":{"s":5},"events":{"s":[${events.slice(5)}]}}`, {
      headers: { 'Idempotency-Key': key },
    })
    const lines = (await (await send('/1.0/events/get', { stream: 's', ...ALL })).text()).trim().split('\r\n')
    expect(lines.map((line) => JSON.parse(line).n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('wants every event to have a time, and to be a UUID', async () => {
    const send = makeServer()
    const answer = await (
      await send(`/1.0/events/put?idempotency_key=${key}`, put('s', '{}', '{"@time":1}'))
    ).json()
    expect(answer).toMatchObject({
      s: { memory: { num_inserted: 1 } },
      '@success': false,
      '@rejected': { s: [{ index: 0 }] },
    })
    expect((await send('/1.0/events/put?idempotency_key=x', put('s'))).status).toBe(400)
  })
})

describe('answers', () => {
  it('name a stream called __proto__', async () => {
    const send = makeServer()
    expect(await (await send('/1.0/events/put', put('__proto__', '{}', '7'))).text()).toContain(
      '"__proto__":{"memory":{"num_inserted":1}}',
    )
    expect(await (await send('/1.0/streams', {})).text()).toBe('__proto__\r\n')
  })

  it('mark their end when asked to, and say so', async () => {
    const send = makeServer()
    await send('/1.0/events/put', put('s', '{"@time":1}', '{"@time":2}'))
    const marked = await send('/1.0/events/get', { stream: 's', ...ALL, end: true })
    expect(marked.headers.get('kronos-end')).toBe('1')
    expect(await marked.text()).toMatch(/\r\n\{"@end":\{"count":2\}\}\r\n$/)
    const plain = await send('/1.0/events/get', { stream: 's', ...ALL })
    expect(plain.headers.get('kronos-end')).toBeNull()
    expect(await plain.text()).not.toContain('@end')
  })

  it('keep an event’s text, with one exact @id and @time, first', async () => {
    const send = makeServer()
    await send(
      '/1.0/events/put',
      put('s', '{"z":1.0,\n"@time":17959104000000001,"@id":"x","b":123456789012345678901}'),
    )
    const text = await (await send('/1.0/events/get', { stream: 's', ...ALL })).text()
    expect(text).toMatch(
      /^\{"@id":"[0-9a-f-]{36}","@time":17959104000000001,"z":1.0,"b":123456789012345678901\}\r\n$/,
    )
  })
})

describe('a store that fails', () => {
  const failing = (call: Partial<Store>): Store => ({ ...memoryStore(), ...call })

  it('for one stream of three is named, and the others are stored', async () => {
    const store = memoryStore()
    const { insert } = store
    const send = makeServer({
      store: {
        ...store,
        insert: async (namespace, stream, events) => {
          if (stream === 'b') throw new Error('secret path')
          return insert(namespace, stream, events)
        },
      },
    })
    const response = await send('/1.0/events/put', '{"events":{"a":[{}],"b":[{}],"c":[{}]}}')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      a: { memory: { num_inserted: 1 } },
      b: { memory: { num_inserted: -1, '@errors': [expect.any(String)] } },
      c: { memory: { num_inserted: 1 } },
      '@success': false,
    })
  })

  it('before the first line answers 503, later by an error line', async () => {
    const early = makeServer({
      store: failing({
        retrieve: () => failingLines(''),
      }),
    })
    const refused = await early('/1.0/events/get', { stream: 's', ...ALL })
    expect(refused.status).toBe(503)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const late = makeServer({
      store: failing({
        retrieve: () => failingLines('{"@id":"x"}\r\n'),
      }),
    })
    const text = await (await late('/1.0/events/get', { stream: 's', ...ALL, end: true })).text()
    expect(text).toMatch(/^\{"@id":"x"\}\r\n\{"@success":false,"@errors":\[".*"\]\}\r\n$/)
  })

  it('is asked for no more than is read, and told when the reader goes', async () => {
    let chunks = 0
    let ended = false
    const send = makeServer({
      store: failing({
        retrieve: async function* () {
          try {
            for (;;) {
              chunks++
              yield '{"@id":"x"}\r\n'
            }
          } finally {
            ended = true
          }
        },
      }),
    })
    const reader = (await send('/1.0/events/get', { stream: 's', ...ALL })).body!.getReader()
    await reader.read()
    await reader.read()
    expect(chunks).toBeLessThan(4)
    await reader.cancel()
    expect(ended).toBe(true)
  })
})

describe('limits', () => {
  it('of the body hold before and after gzip', async () => {
    const send = makeServer({ maxBodyBytes: 1000 })
    const zipped = (text: string) =>
      send('/1.0/events/put', new Uint8Array(gzipSync(text)), { headers: { 'Content-Encoding': 'gzip' } })
    expect((await zipped(put('s', '{}'))).status).toBe(200)
    expect((await zipped(put('s', `{"a":"${'x'.repeat(1e6)}"}`))).status).toBe(413)
    expect((await send('/1.0/events/put', put('s', `{"a":"${'x'.repeat(1000)}"}`))).status).toBe(413)
  })

  it('of the events of a put, and of nesting', async () => {
    const send = makeServer({ maxEventsPerPut: 2 })
    expect((await send('/1.0/events/put', put('s', '{}', '{}', '{}'))).status).toBe(413)
    const nested = (depth: number) => put('s', `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`)
    expect((await send('/1.0/events/put', nested(499))).status).toBe(200)
    expect((await send('/1.0/events/put', nested(501))).status).toBe(400)
  })
})

describe('pages', () => {
  const origins = ['https://listed.example']
  const from = (origin: string, init: RequestInit = {}) => ({ ...init, headers: { origin } })

  it('of listed origins are answered, on errors too', async () => {
    const send = makeServer({ cors: { origins } })
    for (const [path, body] of [
      ['/1.0/events/put', put('s', '{}')],
      ['/1.0/events/put', 'x'],
      ['/nowhere', '{}'],
    ] as const) {
      const { headers } = await send(path, body, from(origins[0]!))
      expect(headers.get('access-control-allow-origin')).toBe(origins[0])
      expect(headers.get('access-control-expose-headers')?.toLowerCase()).toBe('kronos-end, retry-after')
      expect(headers.get('vary')).toBe('Origin')
    }
    const preflight = await send('/1.0/events/put', undefined, from(origins[0]!, { method: 'OPTIONS' }))
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    expect(preflight.headers.get('access-control-max-age')).toBe('86400')
  })

  it.each(['https://evil.example', 'null', 'http://127.0.0.1:9999', 'https://listed.example.evil.example'])(
    'of %s do nothing',
    async (origin) => {
      const store = memoryStore()
      const send = makeServer({ store, cors: { origins } })
      const response = await send('/1.0/events/put', put('s', '{}'), from(origin))
      expect(response.status).toBe(403)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      expect((await store.streams('kronos')[Symbol.asyncIterator]().next()).done).toBe(true)
    },
  )

  it('of the server itself may call, and of all origins if that is asked for', async () => {
    expect(
      (await makeServer()('/1.0/events/put', put('s', '{}'), from('http://127.0.0.1:8151'))).status,
    ).toBe(200)
    const open = await makeServer({ cors: { origins: ['*'] } })(
      '/1.0/events/put',
      put('s', '{}'),
      from('https://any.example'),
    )
    expect(open.headers.get('access-control-allow-origin')).toBe('*')
    expect(open.headers.get('access-control-allow-credentials')).toBeNull()
  })
})

describe('tokens', () => {
  const tokens = [
    { token: 'all' },
    { token: 'writes', mode: 'collector' as const, namespaces: ['web'] },
    { token: 'reads', mode: 'readonly' as const },
  ]
  const send = makeServer({ tokens })
  const status = async (path: string, body: unknown, token?: string) =>
    (await send(path, body, token ? { headers: { authorization: `Bearer ${token}` } } : {})).status
  const inWeb = '{"namespace":"web","events":{"s":[{}]}}'

  it('are wanted for every path but /healthz', async () => {
    expect(await status('/healthz', undefined)).toBe(200)
    for (const path of ['/1.0/index', '/1.0/nowhere', '/']) expect(await status(path, undefined)).toBe(401)
    expect(await status('/1.0/index', undefined, 'wrong')).toBe(401)
    expect(await status('/1.0/index', undefined, 'al')).toBe(401)
    expect(await status('/1.0/index', undefined, 'all')).toBe(200)
  })

  it('allow what their mode and namespaces say', async () => {
    expect(await status('/1.0/events/put', inWeb, 'writes')).toBe(200)
    expect(await status('/1.0/events/put', put('s', '{}'), 'writes')).toBe(403)
    expect(await status('/1.0/events/get', { namespace: 'web', stream: 's', ...ALL }, 'writes')).toBe(403)
    expect(await status('/1.0/events/get', { namespace: 'web', stream: 's', ...ALL }, 'reads')).toBe(200)
    expect(await status('/1.0/events/delete', { namespace: 'web', stream: 's', ...ALL }, 'reads')).toBe(403)
  })

  it('come by the query only for a collector’s put', async () => {
    expect(await status('/1.0/events/put?token=writes', inWeb)).toBe(200)
    expect(await status('/1.0/events/put?token=all', inWeb)).toBe(401)
    expect(await status('/1.0/index?token=writes', undefined)).toBe(401)
  })
})

describe('options', () => {
  it.each<[object, string]>([
    [{}, 'options.store'],
    [{ mode: 'both' }, 'options.mode'],
    [{ cors: { origins: ['example.com'] } }, 'options.cors.origins[0]'],
    [{ namespaces: ['a b'] }, 'options.namespaces'],
    [{ tokens: [{ token: '' }] }, 'options.tokens[0]'],
    [{ maxBodyBytes: 0 }, 'options.maxBodyBytes'],
    [{ prot: 1 }, 'options.prot'],
  ])('%o are refused', (options, field) => {
    const store = Object.keys(options).length > 0 ? { store: memoryStore() } : {}
    expect(() => createHandler({ ...store, ...options } as HandlerOptions)).toThrow(
      field.replace('options.prot', 'prot'),
    )
  })

  it('bound the namespaces', async () => {
    const send = makeServer({ namespaces: ['a'] })
    expect((await send('/1.0/events/put', put('s', '{}'))).status).toBe(403)
    expect((await send('/1.0/streams', { namespace: 'a' })).status).toBe(200)
  })
})
