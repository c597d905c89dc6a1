import type { Delivery } from '../delivery/delivery.ts'
import { check, isPlain } from '../protocol/check.ts'
import { KronosValidationError } from '../protocol/errors.ts'
import { RawEvent } from '../protocol/raw-event.ts'
import { writeEvent } from './event-text.ts'
import type { ResolvedOptions } from './options.ts'
import type { PutList } from './put-list.ts'
import { applySchemaNow } from './schemas.ts'

/** The body of a put that is waited for. */
export function writePut(namespace: string, lists: readonly PutList[], library: boolean): string {
  const members = lists.map(({ stream, events, name }) => {
    return `"${stream}":[${events.map((event, index) => writeEvent(event, name(index), library))}]`
  })
  return `{"namespace":"${namespace}","events":{${members}}}`
}

/** Hands events over to be delivered in the background. What an event contains may be wrong, but not throw. */
export function enqueue(
  delivery: Delivery,
  namespace: string,
  lists: readonly PutList[],
  { beforeSend, library, schemas }: ResolvedOptions,
): void {
  for (const { events, name } of lists)
    for (let i = 0; i < events.length; i++) check(isPlain(events[i]), name(i), 'an object', events[i])
  const texts: [stream: string, text: string][] = []
  for (const { stream, events, name } of lists) {
    for (let index = 0; index < events.length; index++) {
      const event = events[index]!
      try {
        const checked = applySchemaNow(schemas, stream, event, name(index))
        const sent = beforeSend ? callHook(beforeSend, checked, stream) : checked
        if (sent) texts.push([stream, writeEvent(sent, name(index), library)])
        else delivery.refuse('filtered', namespace, stream)
      } catch (cause) {
        delivery.refuse('invalid', namespace, stream, cause)
      }
    }
  }
  delivery.add(namespace, texts)
}

function callHook(
  hook: NonNullable<ResolvedOptions['beforeSend']>,
  event: object,
  stream: string,
): object | null {
  const answer: unknown = hook(
    event instanceof RawEvent ? event : { ...(event as Record<string, unknown>) },
    stream,
  )
  if (answer !== null && (!isPlain(answer) || 'then' in answer))
    throw new KronosValidationError('beforeSend', 'a function that returns an event or null', answer)
  return answer
}
