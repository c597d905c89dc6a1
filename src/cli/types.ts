import type { Command } from 'commander'
import type { Schema } from '../index.ts'
import { addConnection, type Connection, connect, listStreams } from './connection.ts'
import { write } from './output.ts'

/** What the client's own types add to every event. */
const SET_APART = ['@id', '@time', '@library']

/** Adds `kronos types`. */
export function addTypes(program: Command): void {
  addConnection(program.command('types'))
    .description('Write TypeScript types of streams, inferred from the last 100 events of each')
    .argument('[streams...]', 'the streams (default: all)')
    .option('--json', 'the schemas that they are made of, one a line')
    .addHelpText(
      'after',
      `
Examples:
  $ kronos types > streams.ts
  and in the program: new KronosClient<Streams>('http://localhost:8151')`,
    )
    .action(run)
}

async function run(names: string[], flags: Connection & { json?: boolean }): Promise<void> {
  const client = connect(flags)
  const members: string[] = []
  for (const stream of await listStreams(client, names)) {
    const { schema } = await client.inferSchema(stream)
    if (flags.json) await write(`${JSON.stringify({ stream, schema })}\n`)
    members.push(`  ${quote(stream)}: ${writeObject(schema, '  ', SET_APART)}\n`)
  }
  if (flags.json) return
  await write(`/** Written by \`kronos types\`, from the last 100 events of each stream. */\n`)
  await write(`export interface Streams {\n${members.join('')}}\n`)
}

function writeType(schema: Schema, indent: string): string {
  switch (schema.type) {
    case 'integer':
      return 'number'
    case 'any':
      return 'unknown'
    case 'array':
      // Of an array that was always empty nothing is known.
      return schema.items?.type === 'null' ? 'unknown[]' : `Array<${writeType(schema.items!, indent)}>`
    case 'object':
      return writeObject(schema, indent, [])
    default:
      return schema.type
  }
}

function writeObject(schema: Schema, indent: string, leftOut: readonly string[]): string {
  const inner = `${indent}  `
  const members = Object.entries(schema.properties ?? {})
    .filter(([name]) => !leftOut.includes(name))
    .map(([name, member]) => {
      const mark = schema.required?.includes(name) ? '' : '?'
      return `${inner}${quote(name)}${mark}: ${writeType(member, inner)}\n`
    })
  return members.length > 0 ? `{\n${members.join('')}${indent}}` : 'Record<string, unknown>'
}

function quote(name: string): string {
  if (/^[A-Za-z_$][\w$]*$/.test(name)) return name
  return `'${JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
