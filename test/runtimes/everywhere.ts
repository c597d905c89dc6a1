import { afterAll, beforeAll, expect, it } from 'vitest'
import { PAGES } from './browsers.ts'
import { PROCESSES } from './processes.ts'
import { makeProject, type Project, Unavailable } from './project.ts'
import type { Runtime } from './runtime.ts'
import { type Site, serveSite } from './site.ts'
import { WORKERD } from './workerd.ts'

let bare: Project
let withDriver: Project
let site: Site

beforeAll(async () => {
  bare = makeProject()
  // Node 20 has no SQLite of its own.
  withDriver = makeProject('libsql')
  site = await serveSite(bare.directory)
}, 120_000)
afterAll(() => {
  site.close()
  bare.remove()
  withDriver.remove()
})

it.for<[string, Runtime]>([...PROCESSES, WORKERD, ...PAGES].map((runtime) => [runtime.name, runtime]))(
  '%s',
  { timeout: 240_000 },
  async ([, runtime], { task, skip }) => {
    const project = runtime.name === 'Node 20' ? withDriver : bare
    const server = await project.serve('--cors', site.origin)
    try {
      const { version, ran, failures } = await runtime.run({ project, url: server.url, origin: site.origin })
      task.meta.runtime = { version, ran }
      expect(failures).toEqual([])
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      skip(error.message)
    } finally {
      await server.close()
    }
  },
)
