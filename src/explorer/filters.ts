/** What a field is compared by. */
export const OPERATORS = ['=', '≠', 'contains', '>', '≥', '<', '≤'] as const
export type Operator = (typeof OPERATORS)[number]

/** Only events whose field compares so are shown. */
export type Filter = readonly [field: string, operator: Operator, value: string]

/** Whether an event, given as its text, passes all of the filters. */
export function matches(text: string, filters: readonly Filter[]): boolean {
  if (filters.length === 0) return true
  const event: unknown = JSON.parse(text)
  return filters.every(([field, operator, value]) => compare(lookUp(event, field), operator, value))
}

/** The value of a field, or of a field of an object in a field: names may have dots themselves. */
export function lookUp(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  if (Object.hasOwn(value, field)) return (value as Record<string, unknown>)[field]
  for (let dot = field.indexOf('.'); dot >= 0; dot = field.indexOf('.', dot + 1)) {
    const name = field.slice(0, dot)
    const inner = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
    const found = lookUp(inner, field.slice(dot + 1))
    if (found !== undefined) return found
  }
  return undefined
}

function compare(found: unknown, operator: Operator, value: string): boolean {
  if (operator === '≠') return !isSame(found, value)
  if (found === undefined) return false
  if (operator === '=') return isSame(found, value)
  if (operator === 'contains') return toText(found).toLowerCase().includes(value.toLowerCase())
  const numbers = typeof found === 'number' && value.trim() !== ''
  const [left, right] = numbers ? [found, Number(value)] : [toText(found), value]
  if (operator === '>') return left > right
  if (operator === '<') return left < right
  return operator === '≥' ? left >= right : left <= right
}

function isSame(found: unknown, value: string): boolean {
  if (typeof found === 'number' && value.trim() !== '') return found === Number(value)
  return found !== undefined && toText(found) === value
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
