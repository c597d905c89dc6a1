import { expect, test } from 'vitest'
import { errorsOf, startHandler } from './call.ts'

const PUT = '/1.0/events/put'
const APP = 'https://app.test'
const corsOf = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'))

const LISTED = {
  vary: 'Origin',
  'access-control-allow-origin': APP,
  'access-control-allow-credentials': 'true',
  'access-control-expose-headers': 'kronos-end, retry-after',
}

test('listed origins are answered, on errors too', async () => {
  const { send } = startHandler({ cors: { origins: [`${APP}:443`] }, tokens: [{ token: 't' }] })
  const headers = { Origin: APP }
  const sent = [
    send(PUT, { headers: { ...headers, Authorization: 'Bearer t' } }),
    send(PUT, { headers: { ...headers, Authorization: 'Bearer t' }, body: 'x' }),
    send(PUT, { headers }),
    send('/nope', { method: 'GET', headers: { ...headers, Authorization: 'Bearer t' } }),
  ]
  const answers = await Promise.all(sent)
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 401, 404])
  for (const answer of answers) expect(corsOf(answer)).toEqual(LISTED)
})

test('a preflight is answered to listed origins, without a token, and kept', async () => {
  const { send } = startHandler({ cors: { origins: [APP] }, tokens: [{ token: 't' }] })
  const answer = await send(PUT, {
    method: 'OPTIONS',
    headers: { Origin: APP, 'Access-Control-Request-Method': 'POST' },
  })
  expect(answer.status).toBe(204)
  expect(corsOf(answer)).toEqual({
    ...LISTED,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers':
      'authorization, content-encoding, content-type, idempotency-key, traceparent, tracestate',
    'access-control-max-age': '86400',
  })
  const foreign = await send(PUT, { method: 'OPTIONS', headers: { Origin: 'https://evil.test' } })
  expect(corsOf(foreign)).toEqual({ vary: 'Origin' })
  await errorsOf(foreign, 403)
})

test('a blocked call has no preflight, and no methods', async () => {
  const { send } = startHandler({ cors: { origins: [APP] }, mode: 'collector' })
  await errorsOf(await send('/1.0/events/delete', { method: 'OPTIONS', headers: { Origin: APP } }), 403)
  const methods = await send(PUT, { method: 'OPTIONS' })
  expect([methods.status, methods.headers.get('allow')]).toEqual([204, 'POST, OPTIONS'])
})

test.each(['https://evil.test', 'null', 'http://here.test.evil.test', 'https://app.test.evil.test'])(
  'a post from a page of %s does nothing',
  async (origin) => {
    const { send } = startHandler({ cors: { origins: [APP] } })
    const headers = { Origin: origin, 'Content-Type': 'text/plain' }
    const body = { events: { s: [{ '@time': 1 }] }, stream: 's', end_time: 1 }
    for (const path of [PUT, '/1.0/events/get', '/1.0/events/delete', '/1.0/streams', '/nope']) {
      const answer = await send(path, { headers, body })
      expect(corsOf(answer)).toEqual({ vary: 'Origin' })
      await errorsOf(answer, 403)
    }
    expect(await (await send('/1.0/streams')).text()).toBe('')
  },
)

test('a post from the server’s own page, or from no page, is carried out', async () => {
  const { send } = startHandler()
  // A proxy may have ended TLS.
  for (const headers of [{ Origin: 'http://here.test' }, { Origin: 'https://here.test' }, {}]) {
    const answer = await send(PUT, { headers: headers as Record<string, string> })
    expect([answer.status, corsOf(answer)]).toEqual([200, {}])
  }
})

test('* lets every page in, without credentials', async () => {
  const { send } = startHandler({ cors: { origins: ['*', APP] } })
  for (const origin of ['https://any.test', 'null']) {
    const answer = await send(PUT, { headers: { Origin: origin } })
    expect(answer.status).toBe(200)
    expect(corsOf(answer)).toEqual({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'kronos-end, retry-after',
    })
  }
  const named = corsOf(await send(PUT, { headers: { Origin: APP } }))
  expect(named['access-control-allow-credentials']).toBe('true')
})
