import {expect, test} from 'vitest'
import type {Play} from '../driver.ts'
import {Recorder} from '../recorder.ts'
import {inTime} from './patience.ts'

function playing(signal = new AbortController().signal): Play & {recorder: Recorder} {
  const recorder = new Recorder()
  const waiting = async (wait: () => Promise<unknown>): Promise<unknown> => await wait()
  return {recorder, signal, waiting} as unknown as Play & {recorder: Recorder}
}

const never = new Promise<never>(() => {})

test('what comes is answered', async () => {
  expect(await inTime(playing(), Promise.resolve('here'), 1000)).toBe('here')
})

test('what does not come is given up behind the limit, and later when the harness stood still', async () => {
  const play = playing()
  const start = play.recorder.now()
  setTimeout(() => play.recorder.write({kind: 'lag', ms: 60}), 2)
  play.recorder.write({kind: 'lag', ms: 20})
  expect(await inTime(play, never, 10)).toBeUndefined()
  expect(play.recorder.now() - start).toBeGreaterThanOrEqual(10 + 2 * 60)
})

test('a case that is over waits for nothing', async () => {
  const over = new AbortController()
  over.abort()
  expect(await inTime(playing(over.signal), never, 60_000)).toBeUndefined()
})
