import fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Behaviour} from '../behaviour.ts'
import type {Script} from '../script/script.ts'
import type {Target} from '../target.ts'
import {resumes, subscribes} from './ws-delivery.ts'

const target = (changes: object = {}): Target =>
  ({
    publish: {maxBytes: 1_048_576, alphabet: 'text', ...changes},
    ws: {subscribe: {path: '/', headers: {}}},
    claims: {resume: {events: 1000, ms: 1e9}, ordering: 'total', delivery: {}},
  }) as unknown as Target

/** Runs `look` on scripts of every aim of a behaviour. */
function every(behaviour: Behaviour, on: Target, look: (script: Script) => void): void {
  for (const aim of behaviour.aims)
    fc.assert(fc.property(behaviour.script(on, aim), look), {numRuns: 100})
}

const bytesOf = (script: Script): number[] =>
  script.flatMap((step) => {
    if (step.do !== 'publish' || step.payload === undefined) return []
    const {payload} = step
    return typeof payload === 'string'
      ? Buffer.byteLength(payload)
      : Buffer.byteLength(payload.repeat) * payload.times
  })

test.each([subscribes, resumes])('scripts of $name are plain JSON and end when settled', (one) => {
  every(one, target(), (script) => {
    expect(JSON.parse(JSON.stringify(script))).toEqual(script)
    expect(script.at(-1)).toEqual({do: 'settle'})
  })
})

test.each([subscribes, resumes])('$name publishes no more bytes than the target takes', (one) => {
  every(one, target({maxBytes: 2000}), (script) => {
    for (const bytes of bytesOf(script)) expect(bytes).toBeLessThanOrEqual(2000 - 96)
  })
})

test('every step that waits for a named instant names an earlier step', () => {
  every(resumes, target(), (script) => {
    for (const [index, step] of script.entries()) {
      const after = 'after' in step ? step.after : undefined
      if (!after || !('publishing' in after)) continue
      const earlier = script.slice(0, index)
      expect(earlier.some((one) => 'as' in one && one.as === after.publishing)).toBe(true)
    }
  })
})

test('a reader that stands still is left more than a system buffers', () => {
  fc.assert(
    fc.property(subscribes.script(target(), 'stalled'), (script) => {
      const bytes = bytesOf(script).reduce((sum, one) => sum + one, 0)
      expect(bytes).toBeGreaterThan(4_000_000)
    }),
  )
})
