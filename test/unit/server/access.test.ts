import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler, type HandlerOptions } from '../../../src/server.ts'
import { errorsOf, startHandler } from './call.ts'

const PUT = '/1.0/events/put'
const GET = '/1.0/events/get'
const BODY = { stream: 's', end_time: 1, events: {} }
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })

describe('modes', () => {
  const CALLS = [PUT, GET, '/1.0/events/delete', '/1.0/streams', '/1.0/streams/infer_schema']
  const ALLOWED = {
    all: CALLS,
    collector: [PUT],
    readonly: [GET, '/1.0/streams', '/1.0/streams/infer_schema'],
  }
  test.each(['all', 'collector', 'readonly'] as const)('%s, of the server or of a token', async (mode) => {
    const byServer = startHandler({ mode })
    const byToken = startHandler({ tokens: [{ token: 't', mode }] })
    for (const path of CALLS) {
      const status = ALLOWED[mode].includes(path) ? 200 : 403
      expect((await byServer.send(path, { body: BODY })).status, path).toBe(status)
      expect((await byToken.send(path, { body: BODY, headers: bearer('t') })).status, path).toBe(status)
      // The mode comes before the method.
      expect((await byServer.send(path, { method: 'PUT' })).status, path).toBe(status === 200 ? 405 : 403)
    }
    expect((await byServer.send('/1.0/index', { method: 'GET' })).status).toBe(200)
  })

  test('a token can do no more than the server', async () => {
    const { send } = startHandler({ mode: 'readonly', tokens: [{ token: 't', mode: 'collector' }] })
    await errorsOf(await send(PUT, { body: BODY, headers: bearer('t') }), 403)
    await errorsOf(await send(GET, { body: BODY, headers: bearer('t') }), 403)
  })
})

describe('tokens', () => {
  const tokens = [
    { token: 'reader', mode: 'readonly' as const },
    { token: 'beacon', mode: 'collector' as const },
  ]

  test('are wanted on every path but one, and say nothing to those without', async () => {
    const { send } = startHandler({ tokens })
    const refusals = new Set<string>()
    for (const [path, method] of [
      ['/1.0/index', 'GET'],
      ['/1.0/nope', 'GET'],
      [PUT, 'POST'],
      [GET, 'PUT'],
    ] as const) {
      for (const authorization of [
        '',
        'Bearer',
        'Bearer wrong',
        'Bearer readerr',
        'Bearer reade',
        'Basic reader',
      ]) {
        const response = await send(path, { method, headers: { Authorization: authorization } })
        expect(response.headers.get('www-authenticate')).toBe('Bearer')
        refusals.add(String(await errorsOf(response, 401)))
      }
    }
    expect(refusals.size).toBe(1)
    expect((await send('/healthz', { method: 'GET' })).status).toBe(200)
    expect((await send('/1.0/index', { method: 'GET', headers: bearer('reader') })).status).toBe(200)
    await errorsOf(await send('/1.0/nope', { method: 'GET', headers: bearer('reader') }), 404)
  })

  test('come in the query only for collectors, and only to put', async () => {
    const { send } = startHandler({ tokens })
    expect((await send(`${PUT}?token=beacon`, { body: BODY })).status).toBe(200)
    await errorsOf(await send(`${PUT}?token=reader`, { body: BODY }), 401)
    await errorsOf(await send(`${PUT}?token=beacon`, { body: BODY, headers: bearer('wrong') }), 401)
    await errorsOf(await send(`${GET}?token=reader`, { body: BODY }), 401)
    await errorsOf(await send('/1.0/index?token=beacon', { method: 'GET' }), 401)
  })
})

test('namespaces outside of the server’s list or the token’s are refused', async () => {
  const { send } = startHandler({
    namespaces: ['kronos', 'a', 'b'],
    tokens: [{ token: 'ab', namespaces: ['a', 'b', 'c'] }, { token: 'all' }],
  })
  const status = async (token: string, namespace: string | null) => {
    const statuses = new Set<number>()
    for (const path of [PUT, GET, '/1.0/events/delete', '/1.0/streams', '/1.0/streams/infer_schema']) {
      statuses.add((await send(path, { body: { ...BODY, namespace }, headers: bearer(token) })).status)
    }
    return [...statuses]
  }
  expect(await status('all', null)).toEqual([200])
  expect(await status('all', 'b')).toEqual([200])
  expect(await status('all', 'c')).toEqual([403])
  expect(await status('ab', 'b')).toEqual([200])
  expect(await status('ab', 'c')).toEqual([403])
  expect(await status('ab', null)).toEqual([403])
})

test('paths', async () => {
  const { send } = startHandler()
  expect((await send('/1.0/index//?a=1', { method: 'GET' })).status).toBe(200)
  const head = await send('/1.0/index', { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  const wrong = await send(GET, { method: 'GET' })
  expect(wrong.headers.get('allow')).toBe('POST, OPTIONS')
  await errorsOf(wrong, 405)
  for (const path of ['/', '/1.0/INDEX', '/1.0//index', '/__proto__', '/constructor']) {
    await errorsOf(await send(path, { method: 'GET' }), 404)
  }
  expect(await (await send('/healthz', { method: 'GET' })).json()).toEqual({
    '@success': true,
    '@took': expect.any(String),
  })
})

test('index', async () => {
  const { send } = startHandler()
  const answers = [await send('/1.0/index', { method: 'GET' }), await send('/1.0/index', { method: 'GET' })]
  const [first, second] = await Promise.all(answers.map((answer) => answer.json()))
  expect(first).toEqual({
    service: 'kronosd',
    version: '0.0.0-test',
    id: second.id,
    storage: { memory: { alive: true, backend: 'memory' } },
    features: ['idempotency', 'rejected', 'end', 'end_id', 'histogram', 'namespaces'],
    '@success': true,
    '@took': expect.any(String),
  })
})

describe('options', () => {
  test.each([
    ['options', { stor: 1 }],
    ['options.store', { store: {} }],
    ['options.mode', { mode: 'write' }],
    ['options.cors', { cors: { origin: '*' } }],
    ['options.cors.origins', { cors: { origins: '*' } }],
    ['options.cors.origins[1]', { cors: { origins: ['*', 'example.com'] } }],
    ['options.cors.origins[0]', { cors: { origins: ['https://example.com/page'] } }],
    ['options.tokens', { tokens: 'secret' }],
    ['options.tokens[0]', { tokens: ['secret'] }],
    ['options.tokens[0].token', { tokens: [{ token: 'sec ret' }] }],
    ['options.tokens[0].token', { tokens: [{ token: '' }] }],
    ['options.tokens[1].token', { tokens: [{ token: 'secret' }, { token: 'secret' }] }],
    ['options.tokens[0].mode', { tokens: [{ token: 'secret', mode: 'x' }] }],
    ['options.tokens[0].namespaces[0]', { tokens: [{ token: 'secret', namespaces: ['a b'] }] }],
    ['options.namespaces', { namespaces: [] }],
    ['options.maxBodyBytes', { maxBodyBytes: 0 }],
    ['options.maxEventsPerPut', { maxEventsPerPut: 1.5 }],
  ])('%s is named in the error', (field, options) => {
    const create = () => createHandler({ store: memoryStore(), ...options } as HandlerOptions)
    expect(create).toThrowError(expect.objectContaining({ name: 'KronosValidationError', field }))
    // No error shows a token.
    expect(create).not.toThrowError(/secret|sec ret/)
  })
})
