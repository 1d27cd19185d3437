import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    include: ['harness/**/*.test.ts', 'fixtures/**/*.test.ts', 'suites/*.ts'],
    exclude: ['harness/packed/**', 'node_modules/**', 'dist/**'],
    pool: 'forks',
    isolate: false,
    // Figures of time are judged in here: one file at a time.
    fileParallelism: false,
    maxWorkers: 1,
    testTimeout: 60_000,
  },
})
