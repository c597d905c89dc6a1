/** What stands for itself in JSON: a string, a bracket, comma or colon, or a word such as a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g

/** A piece of JSON text to be shown, as it was written. */
export interface Piece {
  kind: 'key' | 'string' | 'number' | 'word' | 'mark'
  text: string
}

/** The members of an object's text, the text of each as it was written; none of what is no object. */
export function readMembers(text: string): Map<string, string> {
  const members = new Map<string, string>()
  let depth = 0
  let key: string | undefined
  let start = 0
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (depth === 0 && token !== '{') break
    const opens = token === '{' || token === '['
    const closes = token === '}' || token === ']'
    if (depth === 1 && key !== undefined && (token === ',' || closes)) {
      members.set(key, text.slice(start, index).trim())
      key = undefined
    } else if (depth === 1 && token === ':') {
      start = index + 1
    } else if (depth === 1 && key === undefined && token.startsWith('"')) {
      key = JSON.parse(token) as string
    }
    if (opens) depth++
    if (closes) depth--
  }
  return members
}

/** The text of a member of an object, or of an object in it, and so on. */
export function readPath(text: string, path: readonly string[]): string | undefined {
  let found: string | undefined = text
  for (const name of path) found = found?.startsWith('{') ? readMembers(found).get(name) : undefined
  return found
}

/** JSON text laid out over lines, in pieces; every number keeps its digits. */
export function layOut(text: string): Piece[] {
  const tokens = text.match(TOKEN) ?? []
  const pieces: Piece[] = []
  let indent = 0
  const breakLine = () => pieces.push({ kind: 'mark', text: `\n${'  '.repeat(indent)}` })
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1]
    const before = tokens[index - 1]
    if (token === '}' || token === ']') {
      indent--
      if (before !== '{' && before !== '[') breakLine()
    }
    pieces.push({ kind: kindOf(token, next), text: token === ':' ? ': ' : token })
    if (token === '{' || token === '[') {
      indent++
      if (next !== '}' && next !== ']') breakLine()
    }
    if (token === ',') breakLine()
  }
  return pieces
}

function kindOf(token: string, next: string | undefined): Piece['kind'] {
  if (token.startsWith('"')) return next === ':' ? 'key' : 'string'
  if (/^[[\]{}:,]$/.test(token)) return 'mark'
  return /^[-\d]/.test(token) ? 'number' : 'word'
}
