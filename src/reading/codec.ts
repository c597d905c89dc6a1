import { ERRORS_FIELD, ID_FIELD, SUCCESS_FIELD, TIMESTAMP_FIELD } from '../protocol/fields.ts'
import { type KronosTime, toISOString } from '../protocol/time.ts'

/** How `@time` comes: exact ticks, an exact ISO 8601 string with 7 decimals, or milliseconds as a number. */
export type Times = 'bigint' | 'iso' | 'ms'

/** The type of `@time` for each of {@link Times}. */
export type TimeOf<T extends Times> = { bigint: KronosTime; iso: string; ms: number }[T]

/** What the lines of an answer become. */
export interface Codec<Item> {
  /** Turns a block of whole lines into items, in order; a line that can't be read becomes an error line. */
  decode(block: string): Item[]
  /** An item's `@id`; none if it is not an event but the end of the answer, or an error. */
  id(item: Item): string | undefined
  /** An item that is not an event, as an object. */
  control(item: Item): Record<string, unknown>
}

type Line = Record<string, unknown>

/** Events as objects, their times as asked for. */
export function eventCodec(times: Times): Codec<Line> {
  const convert = {
    bigint: (time: bigint) => time,
    iso: toISOString,
    ms: (time: bigint) => Number(time) / 1e4,
  }[times]
  return {
    decode(block) {
      const items = parseLines(block)
      for (const item of items) {
        if (item?.[ID_FIELD])
          item[TIMESTAMP_FIELD] = convert(
            exactTicks(item[TIMESTAMP_FIELD] as number, item[ID_FIELD] as string),
          )
      }
      return items
    },
    id: (event) => event?.[ID_FIELD] as string | undefined,
    control: (line) => line ?? {},
  }
}

/** Events as the text that is stored. */
export const lineCodec: Codec<string> = {
  decode: (block) => splitLines(block).map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)),
  // Our server's lines begin with the id; an original's have it anywhere.
  id: (line) =>
    line.startsWith('{"@id":"') ? line.slice(8, 44) : (parseLine(line)?.[ID_FIELD] as string | undefined),
  control: parseLine,
}

function parseLines(block: string): Line[] {
  const lines = splitLines(block)
  try {
    // One `JSON.parse` for all is faster than one for each. The count makes sure that none ran into the next.
    const items: Line[] = JSON.parse(`[${lines}]`)
    if (items.length === lines.length) return items
  } catch {
    // One of them is not JSON: those before it are still good.
  }
  return lines.map(parseLine)
}

function splitLines(block: string): string[] {
  const lines = block.split('\n')
  return lines.filter((line) => line.length > 1 || line.trim())
}

function parseLine(line: string): Line {
  try {
    return JSON.parse(line)
  } catch {
    return { [SUCCESS_FIELD]: false, [ERRORS_FIELD]: [`not a line of JSON: ${line.slice(0, 80)}`] }
  }
}

/** The low 32 bits of the first tick of 1970 in an id. */
const EPOCH_LOW = 0x13814000

/**
 * Above 2^53 `JSON.parse` rounds a time to a neighbour, off by 128 ticks at most. The id's first 8 digits are
 * the low 32 bits of the exact time; `| 0` takes those of the rounded one, and the difference is the error.
 */
function exactTicks(rounded: number, id: string): KronosTime {
  if (Number.isSafeInteger(rounded)) return BigInt(rounded)
  const error = (Number.parseInt(id.slice(0, 8), 16) - EPOCH_LOW - (rounded | 0)) | 0
  return error && Math.abs(error) <= 128 ? BigInt(rounded) + BigInt(error) : BigInt(rounded)
}
