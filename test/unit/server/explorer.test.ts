import { expect, it } from 'vitest'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler, type HandlerOptions } from '../../../src/server.ts'

const get = (options: Partial<HandlerOptions>, path = '/', method = 'GET') =>
  createHandler({ store: memoryStore(), ...options }).fetch(
    new Request(`http://127.0.0.1${path}`, { method }),
  )

it('is served to everybody, under a policy that allows just its own script and style', async () => {
  const response = await get({ explorer: true, tokens: [{ token: 't' }] })
  expect(response.status).toBe(200)
  const policy = response.headers.get('content-security-policy')!
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/unsafe|\*|https?:/)
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  const html = await response.text()
  for (const [tag, directive] of [
    ['script', 'script-src'],
    ['style', 'style-src'],
  ] as const) {
    const [, content] = new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`).exec(html)!
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(content))
    expect(policy).toContain(`${directive} 'sha256-${Buffer.from(digest).toString('base64')}'`)
    expect(html.match(new RegExp(`<${tag}`, 'g'))).toHaveLength(1)
  }
})

it.each<[Partial<HandlerOptions>, number]>([
  [{}, 404],
  [{ explorer: false }, 404],
  [{ tokens: [{ token: 't' }] }, 401],
  [{ explorer: true, mode: 'collector' }, 403],
  [{ explorer: true, mode: 'readonly' }, 200],
])('with %o is answered %d', async (options, status) => {
  expect((await get(options)).status).toBe(status)
})

it('is only to be read', async () => {
  expect((await get({ explorer: true }, '/', 'POST')).status).toBe(405)
  const head = await get({ explorer: true }, '/', 'HEAD')
  expect([head.status, await head.text()]).toEqual([200, ''])
})

it('is on or off', () => {
  expect(() => createHandler({ store: memoryStore(), explorer: 'yes' as never })).toThrow(/options\.explorer/)
})
