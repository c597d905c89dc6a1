import { once } from 'node:events'
import { styleText } from 'node:util'
import { stringify } from '../index.ts'

/** A line of a table: its columns by name. */
export type Row = Readonly<Record<string, string | number | bigint | null>>

/** Whether people look at what is written. */
export const isTerminal = (): boolean => process.stdout.isTTY === true

/** Writes to stdout, and waits where its reader is slower. */
export async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}

/** Ends the command, quietly, when nobody reads on: `kronos get … | head`. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') console.error(`kronos: ${error.message}`)
    process.exit(error.code === 'EPIPE' ? 0 : 1)
  })
}

/** Makes a part of what people read fainter or stronger, if that is wanted. */
export function paint(style: 'bold' | 'dim' | 'red' | 'green', text: string): string {
  return isTerminal() && !process.env.NO_COLOR ? styleText(style, text) : text
}

/** Writes rows: a JSON object a line; on a terminal a table; else columns between tabs. */
export async function writeRows(rows: readonly Row[], json: boolean | undefined): Promise<void> {
  if (json) return write(rows.map((row) => `${stringify(row)}\n`).join(''))
  if (rows.length === 0) return
  const columns = Object.keys(rows[0]!)
  const table = [
    columns.map((name) => name.replaceAll('_', ' ')),
    ...rows.map((row) => columns.map((name) => show(row[name]!))),
  ]
  if (!isTerminal()) return write(table.map((cells) => `${cells.join('\t')}\n`).join(''))
  const widths = columns.map((_, column) => Math.max(...table.map((cells) => cells[column]!.length)))
  const lines = table.map((cells, number) => {
    const line = cells.map((cell, column) => {
      return typeof rows[0]![columns[column]!] === 'string'
        ? cell.padEnd(widths[column]!)
        : cell.padStart(widths[column]!)
    })
    return number === 0 ? paint('bold', line.join('  ').trimEnd()) : line.join('  ').trimEnd()
  })
  await write(`${lines.join('\n')}\n`)
}

/** What a terminal would obey, as escapes. */
function show(value: Row[string]): string {
  return clean(value === null ? '' : String(value))
}

/** Text without control characters: an event's may be anybody's, and a terminal obeys them. */
export function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
