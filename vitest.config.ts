import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {
    include: ['harness/**/*.test.ts', 'fixtures/**/*.test.ts', 'suites/*.ts'],
    exclude: ['harness/packed/**', 'node_modules/**', 'dist/**'],
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
  },
})
