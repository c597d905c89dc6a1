import type { Column } from './columns.ts'
import { readPath } from './json-text.ts'

const TIME_WIDTH = 224
const MIN_WIDTH = 72
const MAX_WIDTH = 320
/** Of a letter, and of what is around a cell's text. */
const LETTER_WIDTH = 8
const PADDING = 28

/** The widths of the time's column and the others, in pixels, by what some events have in them. */
export function measureColumns(columns: readonly Column[], texts: readonly string[]): number[] {
  return [TIME_WIDTH, ...columns.map((column) => measure(column, texts))]
}

function measure({ name, path }: Column, texts: readonly string[]): number {
  const lengths = texts.map((text) => readPath(text, path)?.length ?? 0)
  const longest = Math.max(name.length, ...lengths)
  return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, Math.ceil(longest * LETTER_WIDTH + PADDING)))
}
