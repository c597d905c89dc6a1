// How the demo shows itself in a terminal of 80 columns.
import { inspect, styleText } from 'node:util'

const COLUMNS = 80
let step = 0

/** Prints the heading of the next step. */
export function heading(text) {
  console.log(`\n${style('bold', `${++step}. ${text}`)}`)
}

/** Prints code, and what came back. */
export function show(code, ...results) {
  console.log(style('cyan', indent(code, '  > ')))
  const options = {
    depth: 6,
    colors: process.stdout.hasColors?.() ?? false,
    breakLength: COLUMNS - 8,
    compact: 4,
  }
  for (const result of results) {
    console.log(indent(typeof result === 'string' ? result : inspect(result, options), '    '))
  }
}

/** Prints a bar for each count. */
export function drawBars(counts) {
  const most = Math.max(...counts.values())
  for (const [label, count] of counts) {
    const bar = '█'.repeat(Math.max(1, Math.round((count / most) * (COLUMNS - 24))))
    console.log(`  ${label} ${style('yellow', bar)} ${count}`)
  }
}

function indent(text, by) {
  return text.replace(/^/gm, by)
}

function style(format, text) {
  return process.stdout.isTTY ? styleText(format, text) : text
}
