import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { KronosClient } from '../../src/index.ts'

interface Exchange {
  name: string
  request: { path: string; method: string }
  original: { status: number; body: string }
}

const recorded: Exchange[] = JSON.parse(readFileSync('test/fixtures/recorded.json', 'utf8'))

/** A client whose server answers what the original did in one exchange. */
function clientOf({ original }: Exchange): KronosClient {
  return new KronosClient(async () => new Response(original.body, { status: original.status }), { retry: 0 })
}

const answersOf = (path: string) =>
  recorded.filter(
    ({ request, original }) => request.path === path && request.method === 'POST' && original.status !== 500,
  )

describe('the client understands what the original server answers to', () => {
  it.each(answersOf('/1.0/events/get'))('$name', async (exchange) => {
    const { status, body } = exchange.original
    const reading = clientOf(exchange).get('s', 0).toArray()
    if (status !== 200) return expect(reading).rejects.toMatchObject({ code: 'http', status })
    const lines = body.split('\r\n').filter(Boolean)
    const times = lines.map((line) => BigInt(/"@time": (-?\d+)/.exec(line)![1]!))
    expect((await reading).map((event) => event['@time'])).toEqual(times)
    const texts: string[] = []
    for await (const line of clientOf(exchange).get('s', 0).lines()) texts.push(line)
    expect(texts).toEqual(lines)
  })

  it.each(answersOf('/1.0/events/put'))('$name', async (exchange) => {
    const { status, body } = exchange.original
    const putting = clientOf(exchange).put('s', {})
    if (status !== 200) return expect(putting).rejects.toMatchObject({ code: 'http', status })
    const answer = JSON.parse(body)
    if (answer['@success']) expect(await putting).toEqual(answer)
    else
      await expect(putting).rejects.toMatchObject({
        code: 'response',
        errors: answer['@errors'],
        response: answer,
      })
  })

  it.each(answersOf('/1.0/events/delete').filter(({ original }) => original.status === 200))(
    '$name',
    async (exchange) => {
      const answer = JSON.parse(exchange.original.body)
      const deleting = clientOf(exchange).delete('s', 0, 1)
      if (answer['@success']) expect(await deleting).toEqual(answer)
      else await expect(deleting).rejects.toMatchObject({ code: 'response', response: answer })
    },
  )

  it.each(answersOf('/1.0/streams/infer_schema').filter(({ original }) => original.status === 200))(
    '$name',
    async (exchange) => {
      expect(await clientOf(exchange).inferSchema('s')).toEqual(JSON.parse(exchange.original.body))
    },
  )

  it.each(answersOf('/1.0/streams').filter(({ original }) => original.status === 200))(
    '$name',
    async (exchange) => {
      const streams: string[] = []
      for await (const stream of clientOf(exchange).getStreams()) streams.push(stream)
      // One name ends with a line feed, which the original took for part of it.
      expect(streams).toEqual(exchange.original.body.split(/\r?\n/).filter(Boolean))
    },
  )
})
