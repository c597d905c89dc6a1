import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { afterAll, expect, it } from 'vitest'
import { pack } from './pack.ts'

const directory = mkdtempSync(join(tmpdir(), 'kronos-pack-'))
afterAll(() => rmSync(directory, { recursive: true }))
const tarball = pack(directory)
const bytes = new Uint8Array(readFileSync(tarball.path)).buffer

it('holds what it exports and no sources', () => {
  const { exports, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: object
    bin: object
  }
  const targets = [...Object.values(exports), ...Object.values(bin)].flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target as object),
  )
  for (const target of targets) expect(tarball.files).toContain(target.replace('./', ''))
  const others = tarball.files.filter((path) => !path.startsWith('dist/'))
  expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
})

it('has nothing that publint minds', async () => {
  const { messages } = await publint({ pack: { tarball: bytes as ArrayBuffer }, strict: true })
  expect(messages).toEqual([])
})

it('has types that are right wherever ES modules are', async () => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)))
  const problems = 'problems' in result ? result.problems : [{ kind: 'no types' }]
  // The profile `esm-only`: CommonJS gets ES modules, and the resolution of Node 10 knows no exports.
  const minded = problems.filter(
    (problem) =>
      problem.kind !== 'CJSResolvesToESM' &&
      !('resolutionKind' in problem && problem.resolutionKind === 'node10') &&
      // The <script> bundle is no module, so it has no types.
      !('entrypoint' in problem && problem.entrypoint === './global'),
  )
  expect(minded).toEqual([])
})
