import {expect, test} from 'vitest'
import {shrinkingMs} from './shrinking.ts'

test('the benchmark of shrinking ends at its minimum and waits for real', async () => {
  expect(await shrinkingMs()).toBeGreaterThan(100)
})
