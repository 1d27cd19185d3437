import {expect, test} from 'vitest'
import type {ReplayResult} from '../engine/options.ts'
import type {Case} from '../report.ts'
import {paintWith} from '../reporters/paint.ts'
import {broken, held, untried, type Verdict} from '../verdict.ts'
import {codeOf, lineOf, replayed} from './replay.ts'

const lost = broken('lost', {expected: 'p1', saw: 'nothing', at: []})

function result(...verdicts: Verdict[]): ReplayResult {
  const failed = verdicts.filter((verdict) => verdict.is === 'broken').length
  const saved = {invariant: 'sse.resume.exact', verdict: lost} as unknown as Case
  return {case: saved, failed, of: verdicts.length, verdicts}
}

const line = (...verdicts: Verdict[]): string => lineOf(result(...verdicts), paintWith(false))

test('each way of ending has its line', () => {
  expect(line(held(), held())).toBe('FIXED  sse.resume.exact  held in 2 of 2 replays')
  expect(line(lost, lost)).toBe('FAILED  sse.resume.exact  lost, fails 2/2')
  expect(line(lost, held())).toBe('FLAKY  sse.resume.exact  lost, fails 1/2: a race')
  expect(line(untried('no stream'))).toBe('CANNOT RUN  sse.resume.exact  no stream')
})

test('untried is not fixed', () => {
  expect(replayed(result(untried('a'), untried('b')))).toBe('cannot-run')
  expect(replayed(result(untried('a'), held()))).toBe('fixed')
  expect(replayed(result())).toBe('cannot-run')
})

test('one failure outweighs everything, and what cannot run outweighs what is fixed', () => {
  expect(codeOf(['fixed', 'fixed'])).toBe(0)
  expect(codeOf(['fixed', 'flaky', 'cannot-run'])).toBe(1)
  expect(codeOf(['cannot-run', 'fixed'])).toBe(5)
})
