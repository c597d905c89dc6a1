import { defineConfig } from 'vitest/config'
import { RuntimeTable } from './table.ts'

export default defineConfig({
  test: { include: ['test/runtimes/everywhere.ts'], reporters: ['default', new RuntimeTable()] },
})
