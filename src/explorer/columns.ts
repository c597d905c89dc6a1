import type { Schema } from '../index.ts'

/** A column of the table: a field, or a field of an object in a field. */
export interface Column {
  path: readonly string[]
  /** The path as it is written, such as `browser.name`. */
  name: string
  type: Schema['type']
}

/** The server's own fields: the time has a column of its own, and nobody looks for the others. */
const OWN = ['@id', '@time', '@library']
/** Objects within objects within objects are shown as text. */
const MAX_DEPTH = 3

/** The columns of a stream, from its schema. */
export function readColumns(schema: Schema | undefined, path: readonly string[] = []): Column[] {
  return Object.entries(schema?.properties ?? {}).flatMap(([name, field]): Column[] => {
    if (path.length === 0 && OWN.includes(name)) return []
    const inner = [...path, name]
    const columns = inner.length < MAX_DEPTH ? readColumns(field, inner) : []
    return columns.length > 0 ? columns : [{ path: inner, name: inner.join('.'), type: field.type }]
  })
}

/** Whether a column's values are to be compared digit by digit. */
export function isNumeric(type: Column['type']): boolean {
  return type === 'integer' || type === 'number'
}
