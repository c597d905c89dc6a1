import { Readable } from 'node:stream'
import { type KronosTime, toKronosTime } from '../index.ts'

/** What events are read from. */
export type Format = 'ndjson' | 'json' | 'csv'
export const FORMATS: readonly Format[] = ['ndjson', 'json', 'csv']

/** What a number that is a time counts. */
export type Unit = 's' | 'ms' | 'us' | 'ns' | 'ticks'
export const UNITS: readonly Unit[] = ['s', 'ms', 'us', 'ns', 'ticks']

/** The powers of ten that turn each unit into ticks of 100 ns. */
const DIGITS: Readonly<Record<Unit, number>> = { s: 7, ms: 4, us: 1, ns: -2, ticks: 0 }

/** How to read. */
export interface InputOptions {
  /** Seen from the first character, if it is not given. */
  format?: Format | undefined
  timeColumn?: string | undefined
  timeUnit: Unit
}

/** The text of an event, and where it stood. */
export interface InputEvent {
  text: string
  place: string
}

/** Reads events one by one, in the order in which they stand; memory stays flat but for a JSON array. */
export async function* readEvents(
  source: Iterable<string> | AsyncIterable<string>,
  options: InputOptions,
): AsyncGenerator<InputEvent> {
  const [first, chunks] = await peek(source)
  const format = options.format ?? (first === '[' ? 'json' : first === '{' ? 'ndjson' : 'csv')
  const read = { csv: readRows, json: readArray, ndjson: readLines }[format]
  for await (const event of read(chunks, options)) yield event
}

/** The first character that is no white space, and the same chunks again. */
async function peek(
  source: Iterable<string> | AsyncIterable<string>,
): Promise<[string, AsyncIterable<string>]> {
  const iterator = Readable.from(source)[Symbol.asyncIterator]()
  let head = ''
  while (head.trim() === '') {
    const { value, done } = await iterator.next()
    if (done) break
    head += value
  }
  async function* again() {
    yield head.replace(/^\ufeff/, '')
    for await (const chunk of iterator) yield chunk as string
  }
  return [head.trimStart()[0] ?? '{', again()]
}

async function* readLines(chunks: AsyncIterable<string>, options: InputOptions): AsyncGenerator<InputEvent> {
  let number = 0
  let rest = ''
  async function* withEnd() {
    yield* chunks
    yield '\n'
  }
  for await (const chunk of withEnd()) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      number++
      if (line.trim()) yield stampJSON(line, `line ${number}`, options)
    }
  }
}

/** A whole array: its elements keep their text, found by where each one ends. */
async function* readArray(chunks: AsyncIterable<string>, options: InputOptions): AsyncGenerator<InputEvent> {
  let text = ''
  for await (const chunk of chunks) text += chunk
  try {
    if (!Array.isArray(JSON.parse(text))) throw new TypeError('not an array')
  } catch (cause) {
    throw new Error(`the input is no array of JSON: ${(cause as Error).message}`, { cause })
  }
  let number = 0
  for (const element of splitArray(text)) yield stampJSON(element, `event ${++number}`, options)
}

/** The texts of the elements of an array that is known to be JSON. */
function* splitArray(text: string): Generator<string> {
  let depth = 0
  let start = 0
  // Strings are skipped whole: what is in them is not structure.
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/gs)) {
    if ((token === ',' && depth === 1) || (token === ']' && depth === 1)) {
      const element = text.slice(start, index).trim()
      if (element) yield element
      start = index + 1
    }
    if (token === '[' || token === '{') depth++
    if (token === ']' || token === '}') depth--
    if (depth === 1 && token === '[' && start === 0) start = index + 1
  }
}

/** An event of JSON, with its time as ticks if it stands there in another form. */
function stampJSON(
  text: string,
  place: string,
  { timeColumn = '@time', timeUnit }: InputOptions,
): InputEvent {
  let value: unknown
  try {
    value = (JSON.parse(text) as Record<string, unknown> | null)?.[timeColumn]
  } catch (cause) {
    throw new Error(`${place}: ${(cause as Error).message}`, { cause })
  }
  if (value == null || (timeColumn === '@time' && typeof value === 'number')) return { text, place }
  const time = readTimeValue(value as string | number, timeUnit, `${place}: ${timeColumn}`)
  // Of two members of one name the last is the one that counts, to servers too.
  const members = text.trim().slice(0, -1).trimEnd()
  return { text: `${members}${members.endsWith('{') ? '' : ','}"@time":${time}}`, place }
}

async function* readRows(
  chunks: AsyncIterable<string>,
  { timeColumn = '@time', timeUnit }: InputOptions,
): AsyncGenerator<InputEvent> {
  const { parse } = await import('csv-parse')
  const rows = Readable.from(chunks).pipe(
    parse({ columns: true, bom: true, skip_empty_lines: true, info: true }),
  )
  for await (const { record, info } of rows as AsyncIterable<{
    record: Record<string, string>
    info: { lines: number }
  }>) {
    const place = `line ${info.lines}`
    if (timeColumn !== '@time' && !(timeColumn in record))
      throw new Error(`${place}: there is no column ${timeColumn}`)
    const members = Object.entries(record)
      .filter(([name, cell]) => cell !== '' && name !== '@time')
      .map(([name, cell]) => `${JSON.stringify(name)}:${typeCell(cell)}`)
    const cell = record[timeColumn]
    if (cell) members.unshift(`"@time":${readTimeValue(cell, timeUnit, `${place}: ${timeColumn}`)}`)
    yield { text: `{${members}}`, place }
  }
}

/** The JSON of a cell: numbers as they are written, true and false, else a string. */
function typeCell(cell: string): string {
  return /^(-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false)$/.test(cell) ? cell : JSON.stringify(cell)
}

function readTimeValue(value: string | number, unit: Unit, field: string): KronosTime {
  const text = String(value).trim()
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === undefined) return toKronosTime(text, field)
  // By digits: a double has not enough of them. What is finer than a tick is cut off.
  const digits = DIGITS[unit]
  const ticks =
    digits < 0 ? whole.slice(0, digits) || '0' : whole + fraction.slice(0, digits).padEnd(digits, '0')
  return toKronosTime(BigInt(`${sign}${ticks}`), field)
}
