import type { Transport } from '../../../src/index.ts'

export interface Recorded {
  method: string
  url: URL
  headers: Headers
  body: string
}

/** A transport that answers with the next of the given answers, the last one for ever, and records requests. */
export function recorder(...answers: (Response | Error | object)[]): {
  transport: Transport
  requests: Recorded[]
} {
  const requests: Recorded[] = []
  const transport: Transport = async (request) => {
    const { method, headers } = request
    requests.push({ method, url: new URL(request.url), headers, body: await request.text() })
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer instanceof Error) throw answer
    return answer instanceof Response
      ? answer.clone()
      : Response.json(answer ?? { '@success': true, '@took': '1ms' })
  }
  return { transport, requests }
}
