import { ID_FIELD, TIMESTAMP_FIELD } from './fields.ts'
import { JSONScanner } from './scanner.ts'
import { HIGHEST_TIME, type KronosTime, LOWEST_TIME } from './time.ts'

/** An event as it stands in a request's body. */
export interface ScannedEvent {
  /** The text of its members without `@id` and `@time`, on one line; empty if there are none. */
  members: string
  /** Its `@time`; `undefined` if there is none, or null. */
  time: KronosTime | undefined
  /** Why it can't be stored. */
  error?: string
}

/** The body of a put, its events not parsed. A field that is absent is `undefined`. */
export interface PutBody {
  namespace: unknown
  index: unknown
  events: Map<string, ScannedEvent[]>
}

/** What an event may nest, its own object counted. */
const MAX_EVENT_DEPTH = 500
/** An event stands in its stream's array, in `events`, in the body. */
const MAX_DEPTH = MAX_EVENT_DEPTH + 3

/**
 * Reads a put's body in one pass, keeping each event's text as written.
 *
 * @throws {SyntaxError} for what is not strict JSON, is nested too deep, or names a stream twice
 * @throws {TypeError} for a body of the wrong shape
 * @see protocol: Put, As written
 */
export function scanPutBody(text: string): PutBody {
  const scanner = new JSONScanner(text, MAX_DEPTH)
  const body: PutBody = { namespace: undefined, index: undefined, events: new Map() }
  members(scanner, 'the body', (key) => {
    if (key === 'events') scanStreams(scanner, body.events)
    else if (key === 'namespace' || key === 'index') body[key] = JSON.parse(scanner.raw())
    else scanner.skip()
  })
  scanner.end()
  return body
}

/**
 * Reads the text of each member of an object, keys in order.
 *
 * @throws {SyntaxError} for what is not strict JSON
 * @throws {TypeError} for what is not an object
 */
export function scanMembers(text: string): Map<string, string> {
  const scanner = new JSONScanner(text, MAX_DEPTH)
  const found = new Map<string, string>()
  members(scanner, 'the body', (key) => found.set(key, scanner.raw()))
  scanner.end()
  return found
}

function scanStreams(scanner: JSONScanner, streams: Map<string, ScannedEvent[]>): void {
  members(scanner, 'events', (stream) => {
    const events: ScannedEvent[] = []
    if (!scanner.atArray()) {
      refuse(scanner, `events[${JSON.stringify(stream)}] must be an array`)
    }
    scanner.array(() => events.push(scanEvent(scanner)))
    streams.set(stream, events)
  })
}

/** Consumes an object whose keys matter: each may come once, since of two there is no saying which was meant. */
function members(scanner: JSONScanner, what: string, member: (key: string) => void): void {
  if (!scanner.atObject()) refuse(scanner, `${what} must be an object`)
  const seen = new Set<string>()
  scanner.object((start, end) => {
    const key: string = JSON.parse(scanner.text.slice(start, end))
    if (seen.has(key)) throw new SyntaxError(`${what} has ${JSON.stringify(key)} twice`)
    seen.add(key)
    member(key)
  })
}

/** A wrong shape is only told to be one once the whole text is known to be JSON. */
function refuse(scanner: JSONScanner, message: string): never {
  JSON.parse(scanner.text)
  throw new TypeError(message)
}

function scanEvent(scanner: JSONScanner): ScannedEvent {
  const { text } = scanner
  if (!scanner.atObject()) {
    scanner.skip()
    return { members: '', time: undefined, error: 'an event must be an object' }
  }
  let time: string | undefined
  // Runs of members between those to be left out; nearly always there is one.
  let kept = ''
  let runStart = -1
  let runEnd = -1
  const endRun = () => {
    if (runStart >= 0) kept += (kept && ',') + text.slice(runStart, runEnd)
    runStart = -1
  }
  scanner.object((keyStart, keyEnd) => {
    const field = ownField(text, keyStart, keyEnd)
    if (field === undefined) {
      scanner.skip()
      if (runStart < 0) runStart = keyStart
      runEnd = scanner.at
      return
    }
    endRun()
    const value = scanner.raw()
    if (field === TIMESTAMP_FIELD) time = value
  })
  endRun()
  // Line ends between tokens are white space, and the stored text is a line.
  return { members: kept.replace(/[\r\n]/g, ' '), ...readTime(time) }
}

/** Which of the server's own fields a key names, however it is spelled. */
function ownField(text: string, start: number, end: number): string | undefined {
  const first = text[start + 1]
  if (first !== '@' && first !== '\\') return undefined
  const key: string = JSON.parse(text.slice(start, end))
  return key === ID_FIELD || key === TIMESTAMP_FIELD ? key : undefined
}

function readTime(text: string | undefined): { time: KronosTime | undefined; error?: string } {
  if (text === undefined || text === 'null') return { time: undefined }
  if (/^-?\d{1,19}$/.test(text)) {
    const time = BigInt(text)
    if (time >= LOWEST_TIME && time <= HIGHEST_TIME) return { time }
  }
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text
  return {
    time: undefined,
    error: `${TIMESTAMP_FIELD} must be an integer from ${LOWEST_TIME} to ${HIGHEST_TIME}, got ${shown}`,
  }
}
