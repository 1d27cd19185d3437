import {expect, test} from 'vitest'
import notEarly from '../../fixtures/invariants/longpoll/hold/not-early.ts'
import notLate from '../../fixtures/invariants/longpoll/hold/not-late.ts'
import latency from '../../fixtures/invariants/longpoll/wake/latency.ts'
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

test('what may be lost wakes nobody, unless it comes later', () => {
  const common = {as: 'p1', mark: '~n.p1~', by: 'w', channel: 'c', step: 0}
  const published = [
    {kind: 'publishing', ...common, at: 40},
    {kind: 'published', ...common, outcome: 'acked', at: 41},
  ] as Fact[]
  const held = poll(2, 2.1, 78, published).map((fact) =>
    fact.kind === 'request' ? {...fact, from: 'start' as const} : fact,
  )
  const given = [
    {kind: 'request', client: 'a', conn: 'a.2', channel: 'c', name: 'r', via: 'longpoll', at: 80},
    {
      kind: 'event',
      client: 'a',
      conn: 'a.2',
      request: 'r',
      via: 'longpoll',
      mark: '~n.p1~',
      at: 81,
    },
    {
      kind: 'answer',
      client: 'a',
      conn: 'a.2',
      request: 'r',
      ending: 'complete',
      class: 'events',
      at: 82,
    },
  ].map((fact) => ({...fact, step: 1})) as unknown as Trace
  const of = (delivery: object): Target =>
    ({
      ...target,
      longpoll: {
        ...target.longpoll,
        cursor: {start: 'oldest'},
        wait: {...target.longpoll?.wait, wakeMs: 20},
      },
      claims: {delivery},
    }) as unknown as Target
  const [whole, lossy] = [of({}), of({longpoll: 'at-most-once'})]
  expect(latency.judge(held, whole)).toMatchObject({is: 'broken', kind: 'late'})
  expect(latency.judge(held, lossy)).toMatchObject({is: 'untried'})
  const later = [...held.slice(0, -1), ...given, held.at(-1)!]
  expect(latency.judge(later, lossy)).toMatchObject({is: 'broken', kind: 'late'})
})
