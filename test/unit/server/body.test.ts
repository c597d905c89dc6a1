import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { readText } from '../../../src/server/body.ts'
import { Refusal } from '../../../src/server/refusal.ts'
import { errorsOf, startHandler } from './call.ts'

const PUT = '/1.0/events/put'
const GZIP = { 'Content-Encoding': 'gzip' }

/** A body that comes in chunks, with no length, and tells how much of it was taken. */
function streamOf(chunks: number, size: number) {
  let taken = 0
  const body = new ReadableStream({
    pull(controller) {
      if (taken++ < chunks) controller.enqueue(new Uint8Array(size).fill(32))
      else controller.close()
    },
  })
  return { body, taken: () => taken }
}

function requestOf(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request('http://here.test/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)
}

describe('limits', () => {
  test('a body over the limit is refused, by its length or by what comes', async () => {
    const { send } = startHandler({ maxBodyBytes: 100 })
    const body = (length: number) => `{"events":{}}${' '.repeat(length - 13)}`
    expect((await send(PUT, { body: body(100) })).status).toBe(200)
    await errorsOf(await send(PUT, { body: body(101) }), 413)
    await expect(readText(requestOf('{}', { 'Content-Length': '101' }), 100)).rejects.toThrow(/100 bytes/)
  })

  test('the rest of what is too large is read, and not kept', async () => {
    const { body, taken } = streamOf(50, 10)
    await expect(readText(requestOf(body), 100)).rejects.toMatchObject({ status: 413 })
    await expect.poll(taken).toBe(51)
  })

  test('16 MiB is the limit unless told otherwise', async () => {
    const { send } = startHandler()
    const limit = 16 * 1024 * 1024
    const body = (length: number) => `{"events":{}}${' '.repeat(length - 13)}`
    expect((await send(PUT, { body: body(limit) })).status).toBe(200)
    await errorsOf(await send(PUT, { body: body(limit + 1) }), 413)
  })
})

describe('gzip', () => {
  test('is unpacked', async () => {
    const { send } = startHandler()
    const body = gzipSync('{"events":{"s":[{"@time":1}]}}')
    const answer = await (await send(PUT, { body, headers: GZIP })).json()
    expect(answer.s).toEqual({ memory: { num_inserted: 1 } })
  })

  test('a bomb is refused before it is unpacked', async () => {
    const { send } = startHandler({ maxBodyBytes: 1024 * 1024 })
    const bomb = gzipSync(Buffer.alloc(512 * 1024 * 1024, 32))
    expect(bomb.length).toBeLessThan(1024 * 1024)
    const before = process.memoryUsage().arrayBuffers
    await errorsOf(await send(PUT, { body: bomb, headers: GZIP }), 413)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024)
  })

  test('what is none, or breaks off, is refused', async () => {
    const { send } = startHandler()
    await errorsOf(await send(PUT, { body: '{"events":{}}', headers: GZIP }), 400)
    const whole = gzipSync('{"events":{}}'.padEnd(1000))
    await errorsOf(await send(PUT, { body: whole.subarray(0, -9), headers: GZIP }), 400)
  })

  test('other encodings are refused by name', async () => {
    const { send } = startHandler()
    const answer = await send(PUT, { body: '{}', headers: { 'Content-Encoding': 'br' } })
    expect(answer.headers.get('accept-encoding')).toBe('gzip')
    await errorsOf(answer, 415)
    expect((await send(PUT, { body: '{}', headers: { 'Content-Encoding': 'identity' } })).status).toBe(200)
  })
})

test('what is not UTF-8 is refused', async () => {
  const { send } = startHandler()
  await errorsOf(await send(PUT, { body: new Uint8Array([0x7b, 0xff, 0x7d]) }), 400)
})

test('a body that breaks off is a refusal, no crash', async () => {
  const body = new ReadableStream({
    pull(controller) {
      controller.error(new Error('gone'))
    },
  })
  await expect(readText(requestOf(body), 100)).rejects.toBeInstanceOf(Refusal)
})
