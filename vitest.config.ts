import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    // Real databases, git and processes on two shared cores: generous, but not so that a hang goes unnoticed.
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Processes, not threads: tests start children, change directories and are killed.
    pool: 'forks',
    maxWorkers: 2,
  },
})
