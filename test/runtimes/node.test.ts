import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeBinary, runProcess } from './processes.ts'
import { makeProject, type Project, startServer } from './project.ts'

let project: Project
beforeAll(() => {
  project = makeProject('libsql')
}, 120_000)
afterAll(() => project.remove())

// The other runtimes, and newer versions, are those of `npm run test:runtimes`.
describe.each([20, 22, 24])('the packed package on Node %d', (version) => {
  let node: string
  beforeAll(() => {
    node = nodeBinary(version)
  }, 120_000)

  it('does all that a user does', async () => {
    const server = await startServer(node, project.directory)
    const { ran, failures } = await runProcess([node], project, server.url)
    expect(await server.close()).toEqual([0, null])
    expect(failures).toEqual([])
    const sqlite = version < 22 ? 'sqlite (libsql)' : 'sqlite'
    expect(ran).toEqual(['client', 'handler', sqlite, 'serve', 'require'])
  })

  it('is required', () => {
    const output = execFileSync(node, ['--disable-warning=ExperimentalWarning', 'required.cjs'], {
      cwd: project.directory,
      encoding: 'utf8',
    })
    expect(output).toBe('ok\n')
  })
})

it.each([22, 24])('sqlite needs no driver on Node %d', (version) => {
  // Outside of the project, where no driver is found.
  const bare = mkdtempSync(join(tmpdir(), 'kronos-bare-'))
  cpSync(join(project.directory, 'node_modules/kronos-js'), bare, { recursive: true })
  const code = `
    import { sqliteStore } from './dist/sqlite.js'
    const store = sqliteStore('bare.db')
    console.log(await store.isAlive())
    await store.close()`
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code]
  expect(execFileSync(nodeBinary(version), args, { cwd: bare, encoding: 'utf8' })).toBe('true\n')
  rmSync(bare, { recursive: true })
})
