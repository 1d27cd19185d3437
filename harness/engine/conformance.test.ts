import {expect, test} from 'vitest'
import {checkConformance} from './conformance.ts'

test('what the types allow is taken', () => {
  checkConformance({})
  checkConformance({
    target: 'reference',
    url: 'http://127.0.0.1:1',
    mechanisms: ['sse', 'poll'],
    only: ['sse.*'],
    skip: [],
    invariants: ['own'],
    profile: 'ci',
    seed: 0,
    out: undefined,
  })
})

test('every problem has its line', () => {
  const options = {mechanisms: ['sse', 'pol'], only: 'x', skip: [1], seed: 1.5, mechanism: ['ws']}
  expect(() => checkConformance(options)).toThrow(
    `conformance: mechanism: no such option; did you mean mechanisms?
conformance: mechanisms[1]: expected poll, longpoll, sse, ws or webhook, got "pol"; did you mean poll?
conformance: only: expected a list of globs, got "x"
conformance: skip[0]: expected a glob, got 1
conformance: seed: expected a whole number, got 1.5`,
  )
})

test.each([
  ['sse', 'conformance: expected an object with target, url, mechanisms,'],
  [[], 'conformance: expected an object with target, url, mechanisms,'],
  [{frobnicate: 1}, 'conformance: frobnicate: no such option; allowed: target, url,'],
  [{profile: 'smok'}, 'profile: expected smoke, ci or deep, got "smok"; did you mean smoke?'],
  [{seed: -1}, 'conformance: seed: expected a seed from 0, got -1'],
  [{seed: 2 ** 31}, 'conformance: seed: expected a seed of 31 bits, got 2147483648'],
  [{target: 3}, 'conformance: target: expected a text, got 3'],
])('%j is a mistake: %s', (options, message) => {
  expect(() => checkConformance(options)).toThrow(message)
})
