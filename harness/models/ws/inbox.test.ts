import {expect, test} from 'vitest'
import type {Target} from '../../target.ts'
import type {Fact, Trace} from '../../trace.ts'
import {judgeInbox, owedToInbox, unanswered} from './inbox.ts'

const target = (outOfOrder: NonNullable<Target['claims']['outOfOrder']> = 'reordered'): Target =>
  ({claims: {outOfOrder}, limits: {deliverMs: 100}}) as unknown as Target

const of = {client: 'a', channel: 'c', step: 0}
const open = (conn = 'a.1', at = 0): Fact =>
  ({kind: 'handshake', client: 'a', conn, route: 'inbox', at, step: 0}) as unknown as Fact
const submit = (number: number, at: number, conn = 'a.1'): Fact => ({
  ...of,
  kind: 'submitting',
  conn,
  number,
  mark: `~n.m${number}~`,
  at,
})
const receipt = (
  number: number,
  at: number,
  outcome: 'acked' | 'refused' = 'acked',
  conn = 'a.1',
): Fact => ({...of, kind: 'receipt', conn, number, outcome, at})
const shown = (numbers: number[], at: number): Fact => ({
  ...of,
  kind: 'inbox',
  marks: numbers.map((number) => `~n.m${number}~`),
  askedAt: at - 1,
  at,
})
const settled = (at: number): Fact => ({
  kind: 'settled',
  client: 'a',
  waitedMs: 40,
  at,
  step: 0,
})
const ended = (at: number): Fact => ({kind: 'ended', steps: 3, at, step: -1})

function said(trace: Trace, claim?: NonNullable<Target['claims']['outOfOrder']>): string {
  const verdict = judgeInbox(trace, target(claim))
  return verdict.is === 'broken' ? verdict.kind : verdict.is
}

test('messages that were swapped, repeated and skipped are held when each was applied once in order', () => {
  const trace = [
    open(),
    submit(2, 1),
    submit(1, 2),
    submit(2, 3),
    submit(4, 4),
    receipt(2, 5),
    receipt(1, 6),
    receipt(4, 7),
    shown([1, 2], 300),
    ended(400),
  ]
  expect(judgeInbox(trace, target())).toEqual({
    is: 'held',
    labels: ['submitted', 'swapped', 'repeated', 'skipped'],
  })
})

test('a message that is sent again on another connection is one whose answer was lost', () => {
  const trace = [open(), submit(1, 1), open('a.2', 10), submit(1, 11, 'a.2'), shown([1], 20)]
  expect(judgeInbox(trace, target())).toMatchObject({
    labels: ['submitted', 'repeated', 'ack-lost'],
  })
  const heard = [open(), submit(1, 1), receipt(1, 2), submit(1, 11, 'a.2'), shown([1], 20)]
  expect(judgeInbox(heard, target())).toMatchObject({labels: ['submitted', 'repeated']})
})

test('what the control shows is once, in order and without a gap, where order is claimed', () => {
  const sent = [open(), submit(1, 1), submit(2, 2), submit(3, 3)]
  expect(said([...sent, shown([1, 1], 10)])).toBe('applied-twice')
  expect(said([...sent, shown([2, 1], 10)])).toBe('disordered')
  expect(said([...sent, shown([1, 3], 10)])).toBe('past-gap')
  expect(said([...sent, shown([2, 3], 10)], 'refused')).toBe('past-gap')
  expect(said([...sent, shown([2, 1], 10)], 'as-it-comes')).toBe('held')
  expect(said([...sent, shown([1, 1], 10)], 'as-it-comes')).toBe('applied-twice')
})

test('what was refused is not applied, unless a copy of it had another fate', () => {
  const refused = [open(), submit(1, 1), receipt(1, 2, 'refused')]
  expect(said([...refused, shown([1], 10)])).toBe('refused-applied')
  expect(said([...refused, submit(1, 3), shown([1], 10)])).toBe('held')
  expect(said([...refused, submit(1, 3), receipt(1, 4), shown([1], 10)])).toBe('held')
})

test('what was acknowledged is shown once it had its time', () => {
  const trace = [open(), submit(1, 1), receipt(1, 2)]
  expect(said([...trace, shown([], 90), ended(400)])).toBe('held')
  expect(said([...trace, shown([], 110), ended(400)])).toBe('lost')
  // The harness may have stood still, which is told a little later.
  expect(said([...trace, shown([], 110)])).toBe('held')
  const lag: Fact = {kind: 'lag', ms: 20, at: 60, step: -1}
  expect(said([...trace, lag, shown([], 110), ended(400)])).toBe('held')
})

test('an acknowledged message waits for those before it where messages are reordered', () => {
  const trace = [open(), submit(2, 1), receipt(2, 2), shown([], 300), ended(400)]
  expect(said(trace)).toBe('held')
  expect(said(trace, 'refused')).toBe('lost')
  expect(owedToInbox([...trace, receipt(1, 350)], 'c', target())).toMatchObject([
    {number: 2, since: 350},
    {number: 1, since: 350},
  ])
})

test('every message is answered on a connection that stays open', () => {
  const trace = [open(), submit(1, 1), submit(2, 2), receipt(1, 3)]
  expect(said([...trace, settled(110), ended(400)])).toBe('silent')
  expect(said([...trace, settled(90), ended(400)])).toBe('untried')
  expect(said([...trace, receipt(2, 50), settled(110), ended(400)])).toBe('untried')
  const closed: Fact = {kind: 'closed', client: 'a', conn: 'a.1', by: 'server', at: 60, step: 0}
  expect(said([...trace, closed, settled(110), ended(400)])).toBe('untried')
})

test('an answer may wait for an earlier message that was not taken, where messages are reordered', () => {
  const trace = [open(), submit(2, 1)]
  expect(unanswered(trace, 'a.1', target())).toEqual([])
  expect(unanswered(trace, 'a.1', target('refused'))).toMatchObject([{number: 2, since: 1}])
  expect(unanswered([...trace, submit(1, 5)], 'a.1', target())).toMatchObject([
    {number: 2, since: 5},
    {number: 1, since: 5},
  ])
  expect(unanswered([...trace, submit(1, 5), receipt(1, 6, 'refused')], 'a.1', target())).toEqual(
    [],
  )
  const later = [...trace, submit(1, 5), receipt(1, 6, 'acked', 'a.2')]
  expect(unanswered([...later, receipt(2, 7, 'acked', 'a.2')], 'a.1', target())).toEqual([])
  const elsewhere = [submit(1, 0, 'a.0'), receipt(1, 0, 'acked', 'a.0'), ...trace]
  expect(unanswered(elsewhere, 'a.1', target())).toMatchObject([{number: 2, since: 1}])
})
