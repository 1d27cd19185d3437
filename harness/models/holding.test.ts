import {expect, test} from 'vitest'
import notEarly from '../../fixtures/invariants/longpoll/hold/not-early.ts'
import notLate from '../../fixtures/invariants/longpoll/hold/not-late.ts'
import type {Target} from '../target.ts'
import type {Fact, Trace} from '../trace.ts'

const target = {
  longpoll: {
    cursor: {start: 'now'},
    visibilityMs: 0,
    wait: {defaultMs: 75, jitter: 0, lateMs: 50, earlyMs: 10, wakeMs: 50},
  },
  limits: {deliverMs: 100},
  claims: {delivery: {}},
} as unknown as Target

/** A long poll of 75 ms: its bytes written, known to be written, and answered with nothing new. */
function poll(writtenAt: number, sentAt: number, answeredAt: number, lags: Fact[] = []): Trace {
  const asked = {client: 'a', conn: 'a.1', channel: 'c', step: 0}
  const facts = [
    {kind: 'request', ...asked, name: 'q', via: 'longpoll', method: 'GET', waitMs: 75, at: 1},
    {kind: 'out', conn: 'a.1', bytes: 'GET / HTTP/1.1\r\n\r\n', at: writtenAt, step: 0},
    {kind: 'sent', client: 'a', request: 'q', at: sentAt, step: 0},
    ...lags,
    {kind: 'answer', ...asked, request: 'q', ending: 'complete', class: 'empty', at: answeredAt},
    {kind: 'ended', steps: 1, at: answeredAt + 100, step: -1},
  ]
  return facts as unknown as Trace
}

const lag = {kind: 'lag', ms: 16, at: 21, step: -1} as Fact

test('a hold is counted from when the request may have come, not from when the harness woke up', () => {
  expect(notEarly.judge(poll(2, 20, 78, [lag]), target)).toMatchObject({is: 'held'})
})

test('an empty answer before the hold has passed is early', () => {
  expect(notEarly.judge(poll(2, 2.1, 60), target)).toMatchObject({is: 'broken', kind: 'early'})
})

test('an empty answer long behind the hold is late, unless the harness stood still so long', () => {
  expect(notLate.judge(poll(2, 2.1, 129), target)).toMatchObject({is: 'broken', kind: 'late'})
  expect(notLate.judge(poll(2, 2.1, 129, [lag]), target)).toMatchObject({is: 'held'})
})
