import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, it, onTestFinished } from 'vitest'
import { writeDocuments } from '../../scripts/api-documents.ts'
import { listEntries, reportAPI } from '../../scripts/api-reports.ts'

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'kronos-api-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

it.each(listEntries())(
  'the surface of %s is that of its report: `npm run api` writes it anew',
  { timeout: 60_000 },
  (entry) => {
    const directory = makeDirectory()
    reportAPI(entry, directory)
    const file = `${entry}.api.md`
    return expect(readFileSync(join(directory, file), 'utf8')).toMatchFileSnapshot(`api/${file}`)
  },
)

it('the documents are those of the docstrings: `npm run api` writes them anew', {
  timeout: 60_000,
}, async () => {
  const directory = makeDirectory()
  await writeDocuments(directory)
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.md'),
  )
  expect(files.sort()).toEqual(['README.md', ...listEntries().map((entry) => `${entry}.md`)].sort())
  for (const file of files) {
    await expect(readFileSync(join(directory, file), 'utf8')).toMatchFileSnapshot(`../../docs/api/${file}`)
  }
})

/** What examples take for given. */
const GIVEN = `
import { fileQueue, indexedDBQueue } from 'kronos-js/durable'
import * as client_ from 'kronos-js'
import { memoryStore } from 'kronos-js/memory'
import { expressLogger, fetchLogger, honoLogger } from 'kronos-js/middleware'
import { createHandler, serve } from 'kronos-js/server'
import { sqliteStore } from 'kronos-js/sqlite'
const { KronosClient, QueryCache, compareIds, idTime, parse, rawEvent, stringify, toDate, toISOString, toKronosTime } = client_
declare const client: client_.KronosClient
declare const url: string, file: string, start: Date, end: Date, signal: AbortSignal
declare const app: { use(middleware: unknown): void }
declare const find: (text: string) => Promise<string[]>
declare const load: (file: string) => Promise<number>
declare const countClicks: (start: Date, end: Date) => object[]
declare const handle: (request: Request) => Response
declare function addEventListener(name: string, listener: (event: { waitUntil(promise: Promise<unknown>): void }) => void): void
export {}
`

it('the examples of the docstrings compile', { timeout: 60_000 }, () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^(?!explorer\/|cli\/).*\.ts$/.test(file),
  )
  const examples = sources.flatMap((file) =>
    listExamples(readFileSync(`src/${file}`, 'utf8')).map((text): [string, string] => [file, text]),
  )
  expect(examples.length).toBeGreaterThan(20)
  const directory = mkdtempSync('test/types/.examples-')
  onTestFinished(() => rmSync(directory, { recursive: true }))
  const files = examples.map(([file, text], number) => {
    const path = join(directory, `${file.replaceAll('/', '-')}-${number}.ts`)
    // Names that an example makes hide those that are given.
    const code = text.startsWith('export ') ? text : `{\n${text}\n}`
    ts.sys.writeFile(path, `${GIVEN}\n${code}\n`)
    return path
  })
  const program = ts.createProgram(files, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
  })
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}\n${file?.text.slice(GIVEN.length)}`
  })
  expect(problems).toEqual([])
})

/** The examples of a source's docstrings: from `@example` to the next tag, or the end. */
function listExamples(source: string): string[] {
  const found: string[] = []
  let example: string[] | undefined
  for (const line of source.split('\n')) {
    const [, text] = /^\s*\* ?(.*?)(?:\*\/)?$/.exec(line) ?? []
    const [, first] = /^@example ?(.*)$/.exec(text ?? '') ?? []
    if (example && (text === undefined || text === '/' || text.startsWith('@'))) {
      found.push(example.join('\n').trim())
      example = undefined
    }
    if (first !== undefined) example = [first]
    else example?.push(text!)
  }
  return found
}
