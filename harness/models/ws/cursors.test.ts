import {expect, test} from 'vitest'
import type {Target} from '../../target.ts'
import type {Fact, From, Trace} from '../../trace.ts'
import {judgeCursors} from './cursors.ts'
import {encodeFrame} from './frames.ts'

const target = {
  ws: {subscribe: {initial: 'live', id: '/id'}},
  claims: {resume: {events: 1000, ms: 1e9}, ordering: 'total', delivery: {ws: 'exactly-once'}},
  limits: {deliverMs: 100},
} as unknown as Target

type Timed = {at: number; kind: string} & Record<string, unknown>

/** Event `pN` has the id N and is published at N ms. */
function published(...numbers: number[]): Timed[] {
  return numbers.flatMap((number) => {
    const named = {as: `p${number}`, mark: `m${number}`}
    return [
      {at: number, kind: 'publishing', ...named, by: 'w', channel: 'c', payload: named.mark},
      {at: number + 0.5, kind: 'published', ...named, outcome: 'acked', id: String(number)},
    ]
  })
}

/** A stream of client a that begins at `at` and is given these events. */
function stream(
  at: number,
  from: From,
  cursor: string | undefined,
  numbers: number[],
  conn = `a.${at}`,
): Timed[] {
  const asked = {client: 'a', conn, via: 'ws', channel: 'c', from, ...(cursor && {cursor})}
  return [
    {at, kind: 'request', ...asked, name: conn, method: 'GET', target: '/'},
    {at, kind: 'handshake', client: 'a', conn, status: 101, route: 'subscribe', ending: 'complete'},
    {at: at + 0.1, kind: 'opened', ...asked, request: conn},
    ...numbers.flatMap((number): Timed[] => {
      const when = Math.max(at + 0.2, number + 0.6)
      return [
        {at: when, kind: 'in', conn, bytes: text(`${number}`)},
        {at: when, kind: 'event', ...asked, mark: `m${number}`, id: `${number}`, data: ''},
      ]
    }),
  ]
}

function text(payload: string): string {
  return encodeFrame({opcode: 1, payload: Buffer.from(payload)}).toString('latin1')
}

const left: Timed = {at: 10, kind: 'closed', client: 'a', conn: 'a.0.5', by: 'client'}
const settled = (at: number): Timed => ({at, kind: 'settled', client: 'a', waitedMs: 40})

function judged(...facts: Timed[]): ReturnType<typeof judgeCursors> {
  const trace = [...facts, {at: 1000, kind: 'ended', steps: 0}]
    .toSorted((a, b) => a.at - b.at)
    .map((fact) => ({step: 0, ...fact})) as unknown as Trace & Fact[]
  return judgeCursors(trace, target)
}

/** p1 came live; p2 and p3 were missed. */
const before = [...published(1, 2, 3), ...stream(0.5, 'live', undefined, [1]), {...left, at: 1.9}]

test('an unknown cursor that is taken for "now" leaves a silent gap', () => {
  expect(judged(...before, ...stream(20, 'forged', '1x', []), settled(200))).toMatchObject({
    is: 'broken',
    kind: 'silent-gap',
  })
})

test('the missed events, or all events, are no gap', () => {
  for (const given of [
    [2, 3],
    [1, 2, 3],
  ])
    expect(judged(...before, ...stream(20, 'forged', '1x', given), settled(200))).toEqual({
      is: 'held',
      labels: ['malformed'],
    })
})

test('a message that is no event says that something is missing', () => {
  const told = {at: 21, kind: 'in', conn: 'a.20', bytes: text('{"recovered":false}')}
  const verdict = judged(...before, ...stream(20, 'forged', '1x', []), told, settled(200))
  expect(verdict).toEqual({is: 'held', labels: ['malformed']})
})

test('absence counts when the time to deliver is over, and not before', () => {
  const early = judged(...before, ...stream(20, 'forged', '1x', []), settled(60))
  expect(early.is).not.toBe('broken')
})

test('a refusal is a signal', () => {
  const asked = {client: 'a', conn: 'a.20', via: 'ws', channel: 'c', from: 'forged', cursor: '1x'}
  const refused = {at: 21, kind: 'handshake', client: 'a', conn: 'a.20', status: 400}
  expect(judged(...before, {at: 20, kind: 'request', ...asked, name: 'a.20'}, refused)).toEqual({
    is: 'held',
    labels: ['malformed'],
  })
})

test('behind a named event the exact tail is owed', () => {
  const here = [...published(1, 2, 3), ...stream(0.5, 'live', undefined, [1, 2, 3])]
  const tail = (given: number[]): string =>
    JSON.stringify(judged(...here, ...stream(20, 'named', '1', given), settled(200)))
  expect(tail([2, 3])).toContain('first')
  expect(tail([3])).toContain('lost')
  expect(tail([1, 2, 3])).toContain('repeated')
})
