import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {Invariant} from '../invariant.ts'
import type {Trace} from '../trace.ts'
import {broken, held, type Broken} from '../verdict.ts'
import type {Arena} from './arena.ts'
import {nothingSecret} from './cases.ts'
import {pin, type Care} from './finding.ts'

let out = ''
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'pushspec-finding-'))
})
afterAll(async () => {
  await rm(out, {recursive: true, force: true})
})

/** Whether each play in turn fails; the last word goes for all that follow. */
function arenaOf(fails: readonly boolean[], played: () => void = () => {}): Arena {
  let plays = 0
  const play = (): Promise<{trace: Trace}> => {
    const failed = fails[Math.min(plays++, fails.length - 1)] ?? false
    played()
    const fact = {kind: 'ended', steps: failed ? 1 : 0, at: 0, step: -1} as const
    return Promise.resolve({trace: [fact]})
  }
  return {target: {name: 't'}, play} as unknown as Arena
}

const verdict: Broken = broken('late', {expected: 'soon', saw: 'never', at: []})
const invariant = {
  id: 'sse.resume.exact',
  level: 'MUST',
  judge: ([first]: Trace) =>
    first?.kind === 'ended' && first.steps === 1 ? verdict : held('in-time'),
} as unknown as Invariant

async function pinned(fails: readonly boolean[], timed: boolean, more: Partial<Care> = {}) {
  const seen = {...verdict, ...(timed && {timed: true as const})}
  const sighting = {index: 4, script: [], trace: [], verdict: seen}
  return await pin(arenaOf(fails), invariant, sighting, 1, {
    seed: 1,
    out,
    redact: nothingSecret,
    signal: new AbortController().signal,
    shrink: 'nothing',
    ...more,
  })
}

test('what fails each time has its rate', async () => {
  expect(await pinned([true], false)).toMatchObject({rate: [3, 3], kind: 'late'})
})

test('a limit of time that is not missed three times of three is no finding', async () => {
  expect(await pinned([true, true, false], true)).toEqual({
    instead: 'alone seen again (2 of 3); held (1 of 3)',
  })
})

test('nor one that was missed in a standstill which was over when it was replayed', async () => {
  const {instead} = (await pinned([true, true, true, false], true)) as {instead: string}
  expect(instead).toBe('alone seen again (3 of 6); held (3 of 6)')
})

test('a race that did not come again has the rate of the script that is shown', async () => {
  expect(await pinned([true, false, true, false], false)).toMatchObject({rate: [2, 3]})
  expect(await pinned([false], false)).toMatchObject({rate: [0, 3]})
})

test('what the end of the run cuts off counts for nothing', async () => {
  const over = new AbortController()
  const arena = arenaOf([false], () => over.abort())
  const sighting = {index: 4, script: [], trace: [], verdict}
  const care = {seed: 1, out, redact: nothingSecret, signal: over.signal} as const
  const result = await pin(arena, invariant, sighting, 1, {...care, shrink: 'nothing'})
  expect(result).toEqual({instead: 'not tried again: the run was stopped'})
})
