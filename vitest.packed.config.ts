/** The packed tarball on trial: it needs a package registry, so `npm test` leaves it out. */
import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {include: ['harness/packed/*.test.ts'], testTimeout: 5 * 60_000, hookTimeout: 5 * 60_000},
})
