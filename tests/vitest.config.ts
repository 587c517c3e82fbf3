import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** End-to-end tests start whole fleets: they have the machine to themselves, after everything else. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['tests/hub/store/postgres-cluster.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/e2e/**'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'whole', include: ['tests/e2e/**/*.test.ts'], sequence: { groupOrder: 1 } },
      },
    ],
  },
})
