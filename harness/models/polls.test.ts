import {expect, test} from 'vitest'
import type {Claims, Target} from '../target.ts'
import type {Trace} from '../trace.ts'
import {conditionalPolls} from './polls.ts'

const targetOf = (delivery: Claims['delivery']): Target =>
  ({
    poll: {cursor: {send: []}},
    claims: {ordering: 'total', delivery, resume: {events: 9, ms: Infinity}},
    limits: {deliverMs: 9},
  }) as unknown as Target

const publish = (name: string, at: number): object[] => {
  const common = {as: name, mark: `~n.${name}~`, by: 'w', channel: 'c'}
  return [
    {kind: 'publishing', ...common, at},
    {kind: 'published', ...common, outcome: 'acked', at: at + 1},
  ]
}

const poll = (
  number: number,
  at: number,
  names: readonly string[],
  status: 200 | 304,
  says: {more?: false} = {more: false},
): object[] => {
  const mine = {client: 'a', conn: `a.${number}`, request: `r${number}`}
  const asked = {via: 'poll', channel: 'c', from: 'same', target: '/c'}
  const events = names.map((name) => ({
    kind: 'event',
    ...mine,
    via: 'poll',
    channel: 'c',
    mark: `~n.${name}~`,
    at: at + 1,
  }))
  const told = {ending: 'complete', count: names.length, status, etag: '"1"', ...says}
  const shown = status === 304 ? 'unchanged' : names.length > 0 ? 'events' : 'empty'
  return [
    {kind: 'request', ...mine, name: mine.request, ...asked, conditional: status === 304, at},
    ...events,
    {kind: 'answer', ...mine, ...told, class: shown, at: at + 2},
  ]
}

const newsOf = (facts: readonly object[], delivery: Claims['delivery'] = {}): string[][] => {
  const trace = [...facts, {kind: 'ended', steps: 1, at: 99}].map((fact) => ({...fact, step: 0}))
  const found = conditionalPolls(trace as unknown as Trace, targetOf(delivery))
  return found.map(({news}) => news.map((one) => one.as))
}

test('what was published behind the tagged answer is news', () => {
  const facts = [
    ...publish('p1', 1),
    ...poll(1, 5, ['p1'], 200),
    ...publish('p2', 11),
    ...poll(2, 15, [], 304),
  ]
  expect(newsOf(facts)).toEqual([['p2']])
})

test('an answer that does not say whether there is more may be full, unless it is empty', () => {
  const full = [
    ...publish('p1', 1),
    ...poll(1, 5, ['p1'], 200, {}),
    ...publish('p2', 11),
    ...poll(2, 15, [], 304, {}),
  ]
  expect(newsOf(full)).toEqual([])
  const behind = [...poll(1, 5, [], 200, {}), ...publish('p2', 11), ...poll(2, 15, [], 304, {})]
  expect(newsOf(behind)).toEqual([['p2']])
})

test('an answer that does not show all that was there is full, and stays the same', () => {
  const facts = [
    ...publish('p1', 1),
    ...publish('p2', 3),
    ...poll(1, 5, ['p1'], 200),
    ...poll(2, 15, [], 304),
  ]
  expect(newsOf(facts)).toEqual([])
})

test('what may be lost is news only where the reader was given it after all', () => {
  const hidden = [...publish('p1', 1), ...poll(1, 5, ['p1'], 200), ...publish('p2', 11)]
  const lost = [...hidden, ...poll(2, 15, [], 304)]
  expect(newsOf(lost, {poll: 'at-most-once'})).toEqual([[]])
  const kept = [...lost, ...poll(3, 25, ['p1', 'p2'], 200)]
  expect(newsOf(kept, {poll: 'at-most-once'})).toEqual([['p2']])
})
