import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Packs the package as built into a folder; the tarball's path, and the files inside. */
export function pack(directory: string): { path: string; files: string[] } {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory]
  const output = execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const parsed = JSON.parse(output) as unknown
  const [packed] = Object.values(parsed as object) as { filename: string; files: { path: string }[] }[]
  return { path: join(directory, packed!.filename), files: packed!.files.map(({ path }) => path) }
}
