import { AsyncLocalStorage } from 'node:async_hooks'
import { context, trace } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { KronosClient } from '../../../src/index.ts'
import { memoryStore } from '../../../src/memory.ts'
import { createHandler } from '../../../src/server.ts'

const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
const tracer = provider.getTracer('test')
const storage = new AsyncLocalStorage<ReturnType<typeof context.active>>()

// What the SDK's own context manager for Node does.
beforeAll(() => {
  context.setGlobalContextManager({
    active: () => storage.getStore() ?? ROOT,
    with: (active, fn, self, ...args) => storage.run(active, () => fn.apply(self as never, args)),
    bind: (_, target) => target,
    enable: () => context as never,
    disable: () => context as never,
  })
})
afterAll(() => context.disable())
const ROOT = context.active()

function setUp(options: object = {}) {
  exporter.reset()
  const { fetch } = createHandler({ store: memoryStore() })
  const sent: Headers[] = []
  const client = new KronosClient(
    async (request) => {
      sent.push(request.headers)
      if (request.url.includes('/streams')) return new Response('{"@errors":["no"]}', { status: 403 })
      return fetch(request)
    },
    { tracer, ...options },
  )
  return { client, sent, spans: () => exporter.getFinishedSpans() }
}

it('makes a span of each call, a child of the one it is made in, and tells the server', async () => {
  const { client, sent, spans } = setUp()
  const parent = tracer.startSpan('parent')
  await context.with(trace.setSpan(context.active(), parent), async () => {
    await client.put('s', { n: 1 })
    await client.get('s').toArray()
  })
  const [put, get] = spans()
  expect([put, get].map((span) => span!.name)).toEqual(['kronos put', 'kronos get'])
  expect(put!.kind).toBe(2)
  expect(put!.attributes).toEqual({
    'http.request.method': 'POST',
    'url.full': 'http://kronos.local/1.0/events/put',
    'http.response.status_code': 200,
  })
  for (const [index, span] of [put!, get!].entries()) {
    expect(span.parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
    const { traceId, spanId } = span.spanContext()
    expect(sent[index]!.get('traceparent')).toBe(`00-${traceId}-${spanId}-01`)
  }
})

it('ends the span of a reading with the reading, also one that is left', async () => {
  const { client, spans } = setUp()
  await client.put('s', [{ n: 1 }, { n: 2 }])
  for await (const _ of client.get('s')) {
    expect(spans()).toHaveLength(1)
    break
  }
  expect(spans().map(({ name, status }) => [name, status.code])).toEqual([
    ['kronos put', 0],
    ['kronos get', 0],
  ])
})

it('tells how a call failed', async () => {
  const { client, spans } = setUp()
  await expect(client.getStreams().next()).rejects.toMatchObject({ status: 403 })
  const [span] = spans()
  expect(span!.attributes).toMatchObject({
    'error.type': 'KronosHTTPError',
    'http.response.status_code': 403,
  })
  expect(span!.status).toEqual({ code: 2, message: 'the server answered 403: no' })
  expect(span!.events[0]!.name).toBe('exception')
})

it('traces what is sent in the background', async () => {
  const { client, sent, spans } = setUp({ blocking: false })
  client.put('s', { n: 1 })
  await client.flush()
  expect(spans().map(({ name }) => name)).toEqual(['kronos put'])
  expect(sent[0]!.get('traceparent')).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/)
})

it('sends no header without a tracer, and refuses what is none', async () => {
  const { client, sent } = setUp({ tracer: undefined })
  await client.put('s', {})
  expect(sent[0]!.has('traceparent')).toBe(false)
  expect(() => setUp({ tracer: {} })).toThrow('tracer: expected a tracer')
})
