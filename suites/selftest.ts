/** The suite itself on trial: the reference and every variant are silent, every mutant is found for its kind. */
import {expect, test} from 'vitest'
import {selftest} from '../harness/engine/selftest.ts'

test(
  'nobody correct is accused, and every mutant is found',
  {timeout: 15 * 60_000},
  async (context) => {
    const result = await selftest({quick: false, seed: 1, signal: context.signal})
    const accused = result.silent.flatMap(({name, findings}) =>
      findings.map((finding) => `${name}: ${JSON.stringify(finding)}`),
    )
    expect(accused, accused.join('\n')).toEqual([])
    const missed = result.rows.filter(({ok}) => !ok).map((row) => `${row.mutant}: ${row.because}`)
    expect(missed, missed.join('\n')).toEqual([])
    expect(result.rows.length).toBeGreaterThan(50)
  },
)
