import type { Reporter, TestCase, TestModule } from 'vitest/node'

declare module 'vitest' {
  interface TaskMeta {
    runtime?: { version: string; ran: string[] }
  }
}

/** Prints what ran where as a table, with what could not run and why. */
export class RuntimeTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap(({ children }) => [...children.allTests()].map(describeRow))
    const day = new Date().toISOString().slice(0, 10)
    console.log(
      ['', `| on ${day} | version | what ran | result |`, '| --- | --- | --- | --- |', ...rows].join('\n'),
    )
  }
}

function describeRow(test: TestCase): string {
  const { version = '–', ran = [] } = test.meta().runtime ?? {}
  const result = test.result()
  const verdict = result.state === 'skipped' ? `not run: ${result.note ?? 'not chosen'}` : result.state
  return `| ${test.name} | ${version} | ${ran.join(', ') || '–'} | ${verdict} |`
}
