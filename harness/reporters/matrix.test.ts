import {expect, test} from 'vitest'
import type {SelftestResult} from '../engine/options.ts'
import {matrix} from './matrix.ts'

const result: SelftestResult = {
  rows: [
    {
      mutant: 'sse.resume.exact/skips-one',
      invariant: 'sse.resume.exact',
      bug: 'skips the first event after the id',
      killed: 5,
      of: 5,
      medianCases: 3,
      kind: 'lost',
      kinds: ['lost'],
      steps: 4,
      ok: true,
    },
    {
      mutant: 'sse.resume.exact/repeats-last',
      invariant: 'sse.resume.exact',
      bug: 'sends the event of the id again',
      killed: 0,
      of: 5,
      kind: 'repeated',
      kinds: [],
      ok: false,
      because: 'survived seeds 1 to 5',
    },
  ],
  silent: [
    {name: 'reference', cases: 1200, findings: []},
    {
      name: 'line-ends-cr',
      cases: 90,
      findings: [
        {
          invariant: 'sse.format.line-breaks',
          kind: 'wrong',
          expected: 'LF',
          saw: 'CR\r',
          case: 'c.json',
        },
      ],
    },
  ],
  seeds: [1, 2, 3, 4, 5],
  wallMs: 9400,
  interrupted: false,
  ok: false,
}

test('the matrix shows kills, survivors with their bug, and who was accused', () => {
  expect(matrix(result, {colour: false})).toMatchInlineSnapshot(`
    "    mutant        kills  cases  steps  kind
      sse.resume.exact
      ✓ skips-one       5/5      3      4  lost
      ✗ repeats-last    0/5      –      –  repeated
          survived seeds 1 to 5 – sends the event of the id again

      ✓ reference is silent  1200 cases
      ✗ line-ends-cr was accused 1 time
          sse.format.line-breaks  wrong
            expected  LF
            saw       CR\\r
            case      c.json

    selftest: 1 of 2 mutants found · 1 of 2 correct servers silent in 1290 cases · median 3 cases to the kill · seeds 1,2,3,4,5 · 9 s · not ok
    "
  `)
})

test('who was silent when the self-test was interrupted was silent so far, and nothing is said to be ok', () => {
  const untried = {name: 'ids-are-words', cases: 0, findings: []}
  const text = matrix(
    {...result, silent: [result.silent[0]!, untried], interrupted: true},
    {colour: false},
  )
  expect(text).toMatchInlineSnapshot(`
    "    mutant        kills  cases  steps  kind
      sse.resume.exact
      ✓ skips-one       5/5      3      4  lost
      – repeats-last  not found so far

      ✓ reference is silent so far  1200 cases
      – ids-are-words was not tried

    selftest: 1 of 2 mutants found · 1 of 2 correct servers silent in 1200 cases · median 3 cases to the kill · seeds 1,2,3,4,5 · 9 s · interrupted
    "
  `)
})

test('where nothing was found there is no median, whatever was killed on some seeds', () => {
  const [skips, repeats] = result.rows
  const none = [{...skips!, killed: 1, medianCases: 1, ok: false}, repeats!]
  const text = matrix({...result, rows: none, interrupted: true}, {colour: false})
  expect(text).toContain('selftest: 0 of 2 mutants found · ')
  expect(text).not.toContain('median')
  const one = matrix({...result, rows: [{...skips!, medianCases: 1}]}, {colour: false})
  expect(one).toContain(' · median 1 case to the kill · ')
})
