import { JSONScanner } from './scanner.ts'

/** A JSON Schema, draft 4, in the part of it that schemas are inferred in. */
export interface Schema {
  $schema?: string
  type: 'null' | 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'any'
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
}

const DRAFT = 'http://json-schema.org/draft-04/schema'
/** No stored text nests deeper: see the put's body. */
const MAX_DEPTH = 503

/**
 * The schema that fits all of the given events: a JSON Schema, draft 4. It is read off the texts, in which `1.0`
 * is still a number and `1` an integer.
 *
 * @see protocol: Schema
 */
export function inferSchema(texts: Iterable<string>): Schema {
  let schema: Schema | undefined
  for (const text of texts) schema = join(schema, readSchema(new JSONScanner(text, MAX_DEPTH)))
  return { $schema: DRAFT, ...(schema ?? { type: 'null' }) }
}

function readSchema(scanner: JSONScanner): Schema {
  if (scanner.atArray()) {
    // Of no element nothing is known, and null joins with anything.
    let items: Schema = { type: 'null' }
    scanner.array(() => {
      items = join(items, readSchema(scanner))!
    })
    return { type: 'array', items }
  }
  if (scanner.atObject()) {
    const properties = new Map<string, Schema>()
    scanner.object((start, end) => {
      properties.set(JSON.parse(scanner.text.slice(start, end)), readSchema(scanner))
    })
    return objectSchema(properties, [...properties.keys()])
  }
  return { type: scalarType(scanner.raw()) }
}

function scalarType(text: string): Schema['type'] {
  if (text.startsWith('"')) return 'string'
  if (text === 'null') return 'null'
  if (text === 'true' || text === 'false') return 'boolean'
  return /[.eE]/.test(text) ? 'number' : 'integer'
}

function objectSchema(properties: Map<string, Schema>, required: string[]): Schema {
  return { type: 'object', properties: Object.fromEntries(properties), required: required.sort() }
}

/** The narrowest schema that both fit. */
function join(a: Schema | undefined, b: Schema | undefined): Schema | undefined {
  if (!a || !b) return a ?? b
  if (a.type === 'null') return b
  if (b.type === 'null') return a
  if (a.type === 'array' && b.type === 'array') {
    return { type: 'array', items: join(a.items, b.items)! }
  }
  if (a.type === 'object' && b.type === 'object') return joinObjects(a, b)
  if (a.type === b.type) return a
  const numbers = ['integer', 'number']
  return { type: numbers.includes(a.type) && numbers.includes(b.type) ? 'number' : 'any' }
}

function joinObjects(a: Schema, b: Schema): Schema {
  const properties = new Map(Object.entries(a.properties!))
  for (const [name, schema] of Object.entries(b.properties!)) {
    properties.set(name, join(properties.get(name), schema)!)
  }
  return objectSchema(
    properties,
    a.required!.filter((name) => b.required!.includes(name)),
  )
}
