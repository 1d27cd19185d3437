import fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Behaviour} from '../behaviour.ts'
import type {Invariant} from '../invariant.ts'
import type {Script} from '../script/script.ts'
import type {Target} from '../target.ts'
import {held, untried} from '../verdict.ts'
import type {Arena} from './arena.ts'
import {Playing} from './playing.ts'

const aims = Array.from({length: 20}, (_, index) => `aim ${index}`)
const behaviour: Behaviour = {
  name: 'ws.pauses',
  aims,
  script: (_, aim) =>
    fc.constant([{do: 'pause', of: 'quiet', times: Number(aim.slice(4))}] as Script),
}
/** An invariant that only the scripts of its own aim can try, and those of `never` not even then. */
const only = (aim: string, never?: string): Invariant => ({
  id: `ws.${aim}`,
  level: 'MUST',
  claim: '',
  cites: [{source: ''}],
  needs: [],
  behaviour,
  aim,
  cover: {tried: 20},
  judge: (trace) =>
    trace[0]?.step === Number(aim.slice(4)) && aim !== never ? held('tried') : untried(''),
  mutants: [{name: 'm', bug: '', kind: 'k', policy: {}}],
})

const arena = {
  target: {limits: {maxConnections: 100, maxRate: 10_000}} as unknown as Target,
  play: (script: Script) => {
    const [step] = script
    const times = step?.do === 'pause' ? step.times : -1
    return Promise.resolve({trace: [{kind: 'lag', ms: 0, at: 0, step: times}]})
  },
} as unknown as Arena

const options = {
  seed: 1,
  runs: 20,
  floors: false,
  jobs: 1,
  signal: new AbortController().signal,
  enough: 3,
  hopeless: 12,
}

test('an aim is given up for what its own cases did not try, not for those of other aims', async () => {
  const invariants = aims.map((aim) => only(aim, 'aim 7'))
  const playing = new Playing(arena, [{behaviour, invariants, aims}], options)
  await playing.all()
  const heldBy = aims.map((aim) => playing.tallies.get(`ws.${aim}`)?.held)
  expect(heldBy).toEqual(aims.map((aim) => (aim === 'aim 7' ? 0 : 20)))
  expect(playing.cases).toBeGreaterThanOrEqual(19 * 20 + 12)
  expect(playing.cases).toBeLessThan(20 * 20)
})

test('cases in which the target died are counted, and none is begun once it is given up', async () => {
  const dying = {
    target: arena.target,
    plays: 0,
    get givenUp() {
      return this.plays >= 5
    },
    play() {
      this.plays++
      return Promise.resolve({died: {code: 7}})
    },
  }
  const invariants = aims.slice(0, 1).map((aim) => only(aim))
  const plans = [{behaviour, invariants, aims: aims.slice(0, 1)}]
  const playing = new Playing(dying as unknown as Arena, plans, options)
  await playing.all()
  expect([playing.cases, playing.steps]).toEqual([5, 5])
  expect(playing.killers.map(({end}) => end)).toEqual([{code: 7}])
  // The sixth play looked for the killer, and found it at once.
  expect(dying.plays).toBe(6)
})
