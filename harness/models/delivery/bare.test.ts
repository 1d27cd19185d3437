import {expect, test} from 'vitest'
import type {Claims, Delivery, Target} from '../../target.ts'
import type {FactOf, Trace} from '../../trace.ts'
import {bareFault} from './bare.ts'

const targetOf = (ordering: Claims['ordering'], delivery: Delivery): Target =>
  ({sse: {payload: 'raw'}, claims: {ordering, delivery: {sse: delivery}}}) as unknown as Target
const target = targetOf('total', 'exactly-once')

type Told = Partial<Pick<FactOf<'event'>, 'id' | 'type' | 'data' | 'mark'>>

/** A bare payload that was published between two marked neighbours, and what a reader was given for it. */
function story(payload: string, ...given: Told[]): Trace {
  const heard = (at: number, told: Told): object => ({
    kind: 'event',
    at,
    client: 'a',
    conn: 'c1',
    via: 'sse',
    channel: 'x',
    type: 'message',
    data: '',
    ...told,
  })
  const common = {as: 'p1', mark: '~r.1.p1~', by: 'p', channel: 'x'}
  return [
    {kind: 'publishing', at: 1, ...common, payload, bare: true},
    {kind: 'published', at: 2, ...common, outcome: 'acked', status: 201},
    heard(3, {id: '8', mark: '~r.1.p1.before~', data: 'before'}),
    ...given.map((told) => heard(4, told)),
    heard(5, {id: '10', mark: '~r.1.p1.after~', data: 'after'}),
  ] as Trace
}

const kindOf = (trace: Trace, of = target): string | undefined =>
  bareFault(trace, of, () => true)?.kind

test('a serial id that is the one in the payload was not injected while the data is whole', () => {
  // id: 9\ndata: \ndata: id: 9\n\n
  expect(kindOf(story('\rid: 9', {id: '9', data: '\nid: 9'}))).toBeUndefined()
})

test('a type that is not that of its neighbour was not injected while the data is whole', () => {
  expect(kindOf(story('\revent: x', {id: '9', type: 'x', data: '\nevent: x'}))).toBeUndefined()
})

test('a line of the payload that became a field is injected', () => {
  expect(kindOf(story('\rid: 9', {id: '9', data: ''}))).toBe('injected')
  expect(kindOf(story('a\revent: x', {id: '9', type: 'x', data: 'a'}))).toBe('injected')
})

test('a line of the payload that is lost otherwise is altered data', () => {
  expect(kindOf(story('a\rid: 9', {id: '11', data: 'a'}))).toBe('altered')
})

test('a hole or a repeat is no fault of the format, where the claims allow it', () => {
  const hole = story('')
  expect(kindOf(hole)).toBe('count')
  expect(kindOf(hole, targetOf('total', 'at-least-once'))).toBe('count')
  expect(kindOf(hole, targetOf('total', 'at-most-once'))).toBeUndefined()
  const repeat = story('x', {id: '9', data: 'x'}, {id: '9', data: 'x'})
  expect(kindOf(repeat)).toBe('count')
  expect(kindOf(repeat, targetOf('total', 'at-least-once'))).toBeUndefined()
  const behindARepeat = story('x', {id: '7', mark: '~r.1.p0~', data: 'y'}, {id: '9', data: 'x'})
  expect(kindOf(behindARepeat)).toBe('count')
  expect(kindOf(behindARepeat, targetOf('total', 'at-least-once'))).toBeUndefined()
  const split = story('x', {id: '9', data: 'x'}, {id: '9', data: ''})
  expect(kindOf(split, targetOf('total', 'at-least-once'))).toBe('count')
})

test('without an order nothing need stand between its neighbours', () => {
  const unordered = targetOf('none', 'exactly-once')
  expect(kindOf(story('x'), unordered)).toBeUndefined()
  expect(kindOf(story('x', {id: '9', mark: '~r.1.p2~', data: 'y'}), unordered)).toBeUndefined()
  const beside = story('x', {id: '9', data: 'x'}, {id: '10', mark: '~r.1.p2~', data: 'y'})
  expect(kindOf(beside, unordered)).toBeUndefined()
  expect(kindOf(story('x', {id: '9', data: 'y'}), unordered)).toBe('altered')
})
