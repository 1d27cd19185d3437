import {expect, test} from 'vitest'
import type {RunEvent} from '../engine/options.ts'
import {capture} from './capture.ts'
import {Progress} from './progress.ts'

const clear = '\r\u001b[K'

const playing = (done: number, broken = 0): RunEvent => ({
  is: 'playing',
  behaviour: 'comes-back',
  done,
  total: 1280,
  broken,
})

/** Plays one event each `everyMs` and answers what was written. */
function written(
  live: boolean,
  everyMs: number,
  events: readonly RunEvent[],
  unit?: string,
): string {
  const streams = capture(live)
  let now = 0
  const progress = new Progress(streams, unit, () => now)
  for (const event of events) {
    progress.tell(event)
    now += everyMs
  }
  progress.end()
  return streams.errText()
}

test('without a terminal there is a line every five seconds and per phase', () => {
  const events: RunEvent[] = [
    {is: 'launching', name: 'acme'},
    ...[0, 206, 412, 640].map((done) => playing(done, done > 300 ? 3 : 0)),
    {is: 'confirming', id: 'sse.resume.exact'},
    {is: 'shrinking', id: 'sse.resume.exact', steps: 9, tried: 14},
    {is: 'done'},
  ]
  expect(written(false, 2500, events).split('\n')).toEqual([
    'starting acme',
    'comes-back  0/1280 cases',
    'comes-back  412/1280 cases · 3 broken · about 11 s left',
    'confirming sse.resume.exact',
    'shrinking sse.resume.exact  9 steps · 14 tried',
    '',
  ])
})

test('a terminal has one line, eight times a second at most, cleared at the end', () => {
  const events = Array.from({length: 1000}, (_, done) => playing(done))
  const text = written(true, 1, events)
  expect(text.startsWith(`${clear}comes-back  0/1280 cases`)).toBe(true)
  expect(text.split(clear)).toHaveLength(8 + 2)
  expect(text.endsWith(clear)).toBe(true)
  expect(text).not.toContain('\n')
})

test('what is counted has the name that it is given', () => {
  expect(written(false, 1, [playing(412)], 'trials')).toBe('comes-back  412/1280 trials\n')
})

test('a live line is never longer than the terminal', () => {
  const text = written(true, 1, [{is: 'confirming', id: 'x'.repeat(200)}])
  expect(text.split(clear)[1]).toHaveLength(59)
})
