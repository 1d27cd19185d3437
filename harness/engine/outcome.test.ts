import {expect, test} from 'vitest'
import type {Invariant} from '../invariant.ts'
import type {Failure} from '../report.ts'
import type {Target} from '../target.ts'
import {held} from '../verdict.ts'
import {checkOf, runVerdict} from './outcome.ts'
import {Tally} from './tally.ts'

const invariant = {id: 'ws.x.y', level: 'MUST', claim: 'c', cites: [], cover: {}} as unknown
const failure = {kind: 'k', level: 'MUST'} as Failure

function weighed(waive: Record<string, string>, failures: readonly Failure[], notClaimed?: string) {
  const target = {waive} as unknown as Target
  return checkOf(invariant as Invariant, undefined, {
    target,
    floors: true,
    failures,
    unsure: [],
    notClaimed,
  })
}

const exitOf = (check: ReturnType<typeof weighed>): number =>
  runVerdict([check], {
    strict: false,
    unreachable: false,
    interrupted: false,
    unexplainedDeaths: 0,
  }).exitCode

test('a fault, and what another fault hides, fail a run', () => {
  expect(exitOf(weighed({}, [failure]))).toBe(1)
  expect(exitOf(weighed({}, []))).toBe(5)
})

test('what is waived fails no run, found or hidden, and gives its reason', () => {
  for (const failures of [[failure], []]) {
    const check = weighed({'ws.x.y': 'since 1.0'}, failures)
    expect(check).toMatchObject({verdict: 'waived', because: 'since 1.0'})
    expect(exitOf(check)).toBe(0)
  }
})

test('what is not claimed is not waived', () => {
  expect(weighed({'ws.x.y': 'since 1.0'}, [], 'no echo').verdict).toBe('not-claimed')
})

test('a label that the claims put out of reach has no floor', () => {
  const target = {waive: {}, channel: 'single'} as unknown as Target
  const rule = {
    ...(invariant as Invariant),
    cover: {near: 1, far: 2},
    judge: () => held('near'),
  }
  const checked = (one: Invariant): ReturnType<typeof checkOf> => {
    const tally = new Tally(one)
    tally.judge(0, [], [], target)
    return checkOf(one, tally, {target, floors: true, failures: [], unsure: []})
  }
  expect(checked(rule)).toMatchObject({
    verdict: 'inconclusive',
    because: 'too few situations were reached: far 0 of 2',
  })
  const excused = checked({
    ...rule,
    outOfReach: ({channel}) => (channel === 'single' ? ['far'] : []),
  })
  expect(excused).toMatchObject({verdict: 'pass', cover: {far: {seen: 0, floor: 0}}})
})
