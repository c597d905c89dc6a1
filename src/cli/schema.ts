import type { Command } from 'commander'
import type { Schema } from '../index.ts'
import { addConnection, type Connection, connect } from './connection.ts'
import { type Row, write, writeRows } from './output.ts'

/** Adds `kronos schema`. */
export function addSchema(program: Command): void {
  addConnection(program.command('schema'))
    .description('Show the schema of a stream, inferred from its last 100 events')
    .argument('<stream>', 'the stream')
    .option('--json', 'as JSON Schema, draft 4')
    .addHelpText('after', '\nExample:\n  $ kronos schema site.clicks')
    .action(run)
}

async function run(stream: string, { json, ...connection }: Connection & { json?: boolean }): Promise<void> {
  const { schema } = await connect(connection).inferSchema(stream)
  if (json) return write(`${JSON.stringify(schema)}\n`)
  await writeRows(listFields(schema, ''), false)
}

/** A row for each field, nested ones by their path. */
function listFields(schema: Schema, path: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const required = schema.required?.includes(name) ? 'always' : 'sometimes'
    const place = path + name
    return [
      { field: place, type: describe(field), present: required },
      ...listFields(elementOf(field), `${place}${field.items ? '[]' : ''}.`),
    ]
  })
}

function describe(schema: Schema): string {
  return schema.items ? `array of ${describe(schema.items)}` : schema.type
}

function elementOf(schema: Schema): Schema {
  return schema.items ?? schema
}
