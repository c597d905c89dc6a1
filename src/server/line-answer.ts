import { END_FIELD, END_HEADER, ERRORS_FIELD, SUCCESS_FIELD } from '../protocol/fields.ts'
import type { Store } from '../store/store.ts'
import { describeStoreError, storeRefusal } from './refusal.ts'
import type { Work } from './work.ts'

/** How an answer of lines goes out. */
export interface LineAnswer {
  store: Store
  contentType: string
  /** Whether a last line marks the end of the answer. */
  end: boolean
  work: Work
  /** Told of the lines of each chunk. */
  tally?: (lines: number) => void
}

/**
 * Answers chunks of whole lines as they are pulled, and stops reading when the client goes away.
 *
 * The first chunk is had before the status is decided, so a store that is down is a 503; one that fails later
 * can only say so in a line.
 *
 * @throws {Refusal} when the first chunk can't be had
 */
export async function answerLines(chunks: AsyncIterable<string>, answer: LineAnswer): Promise<Response> {
  const iterator = chunks[Symbol.asyncIterator]()
  let ahead: IteratorResult<string> | undefined
  try {
    ahead = await iterator.next()
  } catch (error) {
    throw storeRefusal(answer.store, error)
  }
  const encoder = new TextEncoder()
  let count = 0

  async function nextLines(): Promise<{ text: string; last: boolean }> {
    try {
      const { done, value } = ahead ?? (await iterator.next())
      ahead = undefined
      if (done) return { text: answer.end ? line({ [END_FIELD]: { count } }) : '', last: true }
      const lines = countLines(value)
      count += lines
      answer.tally?.(lines)
      return { text: value, last: false }
    } catch (error) {
      const message = describeStoreError(answer.store, error)
      answer.work.error = message
      return { text: line({ [SUCCESS_FIELD]: false, [ERRORS_FIELD]: [message] }), last: true }
    }
  }

  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { text, last } = await nextLines()
        if (text) controller.enqueue(encoder.encode(text))
        if (last) controller.close()
      },
      async cancel() {
        await iterator.return?.()
      },
    },
    // Nothing is read ahead of the client.
    { highWaterMark: 0 },
  )
  return new Response(body, {
    headers: {
      'content-type': answer.contentType,
      'x-content-type-options': 'nosniff',
      ...(answer.end && { [END_HEADER]: '1' }),
    },
  })
}

function line(value: object): string {
  return `${JSON.stringify(value)}\r\n`
}

function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++
  return count
}
