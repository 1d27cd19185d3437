import fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Behaviour} from '../behaviour.ts'
import type {Target} from '../target.ts'
import {collect, subSeed} from './collect.ts'

const pauses: Behaviour = {
  name: 'pauses',
  aims: ['short', 'long'],
  script: (_, aim) =>
    fc.array(
      fc.record(
        {
          do: fc.constant('pause' as const),
          of: fc.constant('quiet' as const),
          times: fc.integer({min: 0, max: aim === 'long' ? 1_000_000 : 100}),
        },
        {noNullPrototype: true},
      ),
      {maxLength: 20, size: 'max'},
    ),
}
const target = {} as Target

test('the same seed gives the same scripts', () => {
  expect(collect(pauses, 'short', target, 7, 0, 50)).toEqual(
    collect(pauses, 'short', target, 7, 0, 50),
  )
})

test('a later chunk continues the same sequence', () => {
  const all = collect(pauses, 'long', target, 7, 0, 60)
  expect(collect(pauses, 'long', target, 7, 20, 40)).toEqual(all.slice(20))
})

test('seeds and aims give other scripts', () => {
  const first = JSON.stringify(collect(pauses, 'long', target, 7, 0, 20))
  expect(JSON.stringify(collect(pauses, 'long', target, 8, 0, 20))).not.toBe(first)
  expect(JSON.stringify(collect(pauses, 'short', target, 7, 0, 20))).not.toBe(first)
})

test('the scripts are those that fast-check itself would run', () => {
  const seen: unknown[] = []
  const property = fc.property(pauses.script(target, 'long'), (script) => void seen.push(script))
  fc.check(property, {seed: subSeed(7, 'pauses', 'long'), numRuns: 50})
  expect(collect(pauses, 'long', target, 7, 0, 50)).toEqual(seen)
})
