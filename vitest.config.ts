import { defineConfig } from 'vitest/config'
import { defineExplorer } from './scripts/explorer-page.ts'

const version = '0.0.0-test'

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version), ...(await defineExplorer(version, false)) },
  test: {
    // Machines are busy at times; what never comes is still told.
    expect: { poll: { timeout: 15_000 } },
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'] },
  },
})
