import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findCrossings } from './walls.ts'

const FILES = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path))

it.each(FILES)('src/%s goes through no wall', (path) => {
  expect(findCrossings(path, readFileSync(`src/${path}`, 'utf8'))).toEqual([])
})

describe('a wall holds against', () => {
  it.each([
    ['protocol/a.ts', "import { KronosClient } from '../client/client.ts'"],
    ['protocol/a.ts', "import { readFileSync } from 'node:fs'"],
    ['reading/a.ts', "import { createHTTP } from '../transport/http.ts'"],
    ['client/a.ts', "import { KronosClient } from '../index.ts'"],
    ['client/a.ts', 'export const visible = () => document.visibilityState'],
    ['server/put.ts', "const { memoryStore } = await import('../store/memory.ts')"],
    ['server/put.ts', "import { readFile } from 'node:fs/promises'"],
    ['cli/a.ts', "import { createHTTP } from '../transport/http.ts'"],
    ['store/memory.ts', "import lodash from 'lodash'"],
  ])('src/%s: %s', (path, source) => {
    expect(findCrossings(path, source)).toHaveLength(1)
  })
})
