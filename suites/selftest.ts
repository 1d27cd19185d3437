/** The suite itself on trial: the reference and every variant are silent, every mutant is found for its kind. */
import {expect, test} from 'vitest'
import {selftest} from '../harness/engine/selftest.ts'

test(
  'nobody correct is accused, and every mutant is found',
  {timeout: 15 * 60_000},
  async (context) => {
    const result = await selftest({quick: false, seed: 1, signal: context.signal})
    expect(result.silent.filter(({findings}) => findings.length > 0)).toEqual([])
    expect(result.rows.filter(({ok}) => !ok)).toEqual([])
    expect(result.rows.length).toBeGreaterThan(50)
  },
)
