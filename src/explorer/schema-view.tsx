import type { Schema } from '../index.ts'

interface Field {
  name: string
  type: string
  always: boolean
  depth: number
}

/** The fields of a stream, those of objects in them indented. */
export function SchemaView({ schema }: { schema: Schema }) {
  return (
    <section class="schema" aria-label="Schema" tabIndex={0}>
      <p class="hint">Inferred by the server from the last 100 events.</p>
      <table>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Type</th>
            <th scope="col">In all of them</th>
          </tr>
        </thead>
        <tbody>
          {listFields(schema).map(({ name, type, always, depth }, index) => (
            <tr key={index}>
              <th scope="row" style={{ paddingInlineStart: `${depth * 20 + 12}px` }}>
                {name}
              </th>
              <td>
                <code class={`type-${type.split(' ')[0]}`}>{type}</code>
              </td>
              <td>{always ? 'yes' : 'no'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function listFields(schema: Schema, depth = 0): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const always = schema.required?.includes(name) ?? false
    return [{ name, type: describeType(field), always, depth }, ...listFields(innermost(field), depth + 1)]
  })
}

function describeType({ type, items }: Schema): string {
  return type === 'array' && items && items.type !== 'null' ? `array of ${describeType(items)}` : type
}

/** What an array holds, if it is one. */
function innermost(schema: Schema): Schema {
  return schema.type === 'array' && schema.items ? innermost(schema.items) : schema
}
