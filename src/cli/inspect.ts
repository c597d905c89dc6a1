import type { Command } from 'commander'
import { addConnection, type Connection, connect } from './connection.ts'
import { readCount } from './get.ts'
import { type Row, writeRows } from './output.ts'
import { Progress } from './progress.ts'
import { addRange, type RangeFlags, resolveRange } from './time-range.ts'

interface Flags extends Connection, RangeFlags {
  field: string[]
  limit?: number
  top: number
  json?: boolean
}

/** So many different values of a field are told apart; memory has an end. */
const MAX_VALUES = 10_000
const MAX_VALUE_LENGTH = 40

/** What was found in a field. */
interface Field {
  count: number
  types: Set<string>
  values: Map<string, number>
  /** Whether there were values that found no room. */
  more: boolean
}

/** Adds `kronos inspect`. */
export function addInspect(program: Command): void {
  addRange(addConnection(program.command('inspect')))
    .description('Show the fields of a stream: how often each is there, its types and most frequent values')
    .argument('<stream>', 'the stream')
    .option('--field <path>', 'only this field, as in user.name; again for more', collect, [])
    .option('--limit <count>', 'look at so many events, the newest first (default: all)', readCount)
    .option('--top <count>', 'so many values of each field', readCount, 3)
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExample:\n  $ kronos inspect site.clicks --since 1d --field user --top 10')
    .action(run)
}

async function run(stream: string, flags: Flags): Promise<void> {
  const { start, end } = resolveRange(flags)
  const fields = new Map<string, Field>()
  const progress = new Progress(stream)
  let events = 0
  const options = { order: 'descending', limit: flags.limit, times: 'iso' } as const
  for await (const batch of connect(flags).get(stream, start, end, options).batches()) {
    for (const { '@id': _, '@time': __, ...event } of batch) addFields(fields, event, '')
    events += batch.length
    progress.add(batch.length)
  }
  progress.end()
  const wanted = [...fields].filter(([path]) => flags.field.length === 0 || flags.field.includes(path))
  await writeRows(
    wanted
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, field]) => describe(path, field, events, flags.top)),
    flags.json,
  )
}

/** Counts what an object holds: nested members by their path, elements of arrays under `[]`. */
function addFields(fields: Map<string, Field>, value: unknown, path: string): void {
  if (Array.isArray(value)) {
    if (path) addValue(fields, path, 'array', undefined)
    for (const element of value) addFields(fields, element, `${path}[]`)
  } else if (typeof value === 'object' && value !== null) {
    if (path) addValue(fields, path, 'object', undefined)
    for (const [key, member] of Object.entries(value))
      addFields(fields, member, path ? `${path}.${key}` : key)
  } else {
    const type = value === null ? 'null' : typeof value
    addValue(fields, path, type, JSON.stringify(value))
  }
}

function addValue(fields: Map<string, Field>, path: string, type: string, text: string | undefined): void {
  const field = fields.get(path) ?? { count: 0, types: new Set(), values: new Map(), more: false }
  fields.set(path, field)
  field.count++
  field.types.add(type)
  if (text === undefined) return
  const key = text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH)}…` : text
  const count = field.values.get(key)
  if (count === undefined && field.values.size >= MAX_VALUES) field.more = true
  else field.values.set(key, (count ?? 0) + 1)
}

function describe(path: string, { count, types, values, more }: Field, events: number, top: number): Row {
  const frequent = [...values].sort(([, a], [, b]) => b - a).slice(0, top)
  return {
    field: path,
    types: [...types].sort().join('|'),
    count,
    of_events: events,
    different: more ? `${values.size}+` : String(values.size),
    most_frequent: frequent.map(([value, times]) => `${value} (${times})`).join(', '),
  }
}

function collect(text: string, texts: string[]): string[] {
  return [...texts, text]
}
