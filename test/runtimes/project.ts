import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from '../package/pack.ts'

const CACHE = join(process.cwd(), 'node_modules/.cache/kronos-runtimes')
const PROGRAMS = [
  'scenario.mjs',
  'process.mjs',
  'required.cjs',
  'worker.mjs',
  'browser-worker.mjs',
  'page.mjs',
]

/** A runtime that isn't to be had on this machine. */
export class Unavailable extends Error {}

function install(place: string, packages: string[]): void {
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), '{}')
  execFileSync('npm', ['install', ...flags, ...packages], { cwd: place, stdio: 'pipe' })
}

/** The folder of a runtime that npm carries, installed; kept between runs. */
export function installRuntime(name: string, version = 'latest'): string {
  const place = join(CACHE, `${name}-${version}`)
  try {
    if (!existsSync(join(place, 'node_modules', name))) install(place, [`${name}@${version}`])
  } catch (error) {
    const [line] = String((error as { stderr?: Buffer }).stderr ?? error).split('\n')
    throw new Unavailable(`npm has no ${name}@${version} for this machine: ${line}`)
  }
  return join(place, 'node_modules')
}

/** A project into which the package is installed as npm would get it. */
export interface Project {
  readonly directory: string
  /** A server of the package, by its command. */
  serve(...flags: string[]): Promise<{ url: string; close(): Promise<unknown> }>
  remove(): void
}

/** Makes one, with the test's programs, and other packages that it asks for. */
export function makeProject(...packages: string[]): Project {
  const directory = mkdtempSync(join(tmpdir(), 'kronos-runtimes-'))
  install(directory, [pack(directory).path, ...packages])
  for (const name of PROGRAMS) cpSync(join(import.meta.dirname, name), join(directory, name))
  return {
    directory,
    serve: (...flags) => startServer(process.execPath, directory, flags),
    remove: () => rmSync(directory, { recursive: true }),
  }
}

/** Runs `kronos serve` as it is installed in a project. */
export async function startServer(node: string, directory: string, flags: string[] = []) {
  const command = join(directory, 'node_modules/kronos-js/dist/bin.js')
  const child = spawn(
    node,
    [command, 'serve', '--store', 'memory', '--port', '0', '--log', 'off', ...flags],
    {
      cwd: directory,
    },
  )
  const [line] = await once(child.stderr.setEncoding('utf8'), 'data')
  return {
    url: /http:\S+\d/.exec(line)![0],
    close: () => {
      child.kill('SIGTERM')
      return once(child, 'exit')
    },
  }
}
