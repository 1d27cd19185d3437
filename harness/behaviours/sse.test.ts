import fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Target} from '../target.ts'
import {comesBack} from './sse.ts'

const target = {
  publish: {alphabet: 'text', maxBytes: 65536},
  claims: {resume: {events: 1000}},
} as unknown as Target

test('who is to be cut comes back when the cut has landed, or when all has come', () => {
  for (const script of fc.sample(comesBack.script(target, 'cut'), {numRuns: 50, seed: 1})) {
    const back = script.findIndex(
      (step) => step.do === 'open' && step.via === 'sse' && step.cursor === 'last',
    )
    expect(script[back - 1]).toEqual({do: 'settle', client: 'a'})
    expect(script[back - 2]).toMatchObject({do: 'publish'})
  }
})
