import { createReadStream } from 'node:fs'
import { type Command, Option } from 'commander'
import { type KronosClient, type RawEvent, rawEvent } from '../index.ts'
import { addConnection, type Connection, connect } from './connection.ts'
import { FORMATS, type Format, readEvents, UNITS, type Unit } from './event-input.ts'
import { Progress } from './progress.ts'

interface Flags extends Connection {
  file?: string
  format?: Format
  timeColumn?: string
  timeUnit: Unit
}

const BATCH_EVENTS = 1000
const BATCH_LENGTH = 1024 * 1024

/** Adds `kronos put`. */
export function addPut(program: Command): void {
  addConnection(program.command('put'))
    .description('Put events into a stream: JSON as it is written, every digit, or the rows of a CSV file')
    .argument('<stream>', 'the stream')
    .argument('[events...]', 'events as JSON; without them --file or stdin is read')
    .option('--file <file>', 'a file of events')
    .addOption(new Option('--format <format>', 'what it holds (default: seen from it)').choices(FORMATS))
    .option('--time-column <name>', "the column, or member, that is the event's time (default: @time)")
    .addOption(new Option('--time-unit <unit>', 'of times that are numbers').choices(UNITS).default('ms'))
    .addHelpText(
      'after',
      `
Events without a time happened now. They are put in order, in batches of up to 1,000; at the first that is wrong
it stops, and says how many are stored.

Examples:
  $ kronos put site.clicks '{"user": 40, "clicks": 7}'
  $ kronos put flights --file flights.csv --time-column departed`,
    )
    .action(run)
}

async function run(stream: string, events: string[], flags: Flags, command: Command): Promise<void> {
  if (events.length > 0 && flags.file !== undefined) command.error('error: give events or --file, not both')
  if (events.length === 0 && flags.file === undefined && process.stdin.isTTY) {
    command.error('error: give events as arguments, by --file or on stdin')
  }
  const batches = new Batches(connect(flags), stream)
  const input = flags.file === undefined ? process.stdin : createReadStream(flags.file)
  const source = events.length > 0 ? [events.join('\n')] : input.setEncoding('utf8')
  const format =
    events.length > 0 ? 'ndjson' : (flags.format ?? (flags.file?.endsWith('.csv') ? 'csv' : undefined))
  try {
    for await (const { text, place } of readEvents(source, { ...flags, format })) {
      await batches.add(readEvent(text, place))
    }
    await batches.send()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`${message} (${batches.stored.toLocaleString('en')} events before are stored)`, {
      cause: error,
    })
  } finally {
    batches.progress.end()
  }
  console.error(`kronos: ${batches.stored.toLocaleString('en')} events are stored in ${stream}`)
}

function readEvent(text: string, place: string): RawEvent {
  try {
    return rawEvent(text)
  } catch (cause) {
    throw new Error(`${place}: ${(cause as Error).message}`, { cause })
  }
}

/** Events that are put together. */
class Batches {
  stored = 0
  readonly progress = new Progress('put')
  readonly #client: KronosClient
  readonly #stream: string
  #events: RawEvent[] = []
  #length = 0

  constructor(client: KronosClient, stream: string) {
    this.#client = client
    this.#stream = stream
  }

  async add(event: RawEvent): Promise<void> {
    this.#events.push(event)
    this.#length += event.text.length
    if (this.#events.length >= BATCH_EVENTS || this.#length >= BATCH_LENGTH) await this.send()
  }

  async send(): Promise<void> {
    const events = this.#events
    if (events.length === 0) return
    this.#events = []
    this.#length = 0
    await this.#client.put(this.#stream, events)
    this.stored += events.length
    this.progress.add(events.length)
  }
}
