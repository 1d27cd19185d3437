import {expect, test} from 'vitest'
import type {Target} from '../target.ts'
import type {Trace} from '../trace.ts'
import {untriedFor, withoutCursor} from './undeclared.ts'

/** A poll of channel `c 7` that was answered as told. */
const story = (answer: object): Trace =>
  [
    {
      kind: 'request',
      name: 'q',
      via: 'poll',
      channel: 'c 7',
      method: 'GET',
      target: '/e/c%207?a=1',
    },
    {kind: 'answer', request: 'q', ending: 'complete', count: 0, ...answer},
  ] as unknown as Trace

const because = (answer: object): string =>
  untriedFor(story(answer), ['poll'], 'no chain was followed').because

test('an answer that is not declared is named, without what is of one case only', () => {
  expect(because({class: 'undeclared', status: 200, begins: '{"a":"\u{1b}é…'})).toBe(
    'GET /e/{channel} answered 200 with "{\\"a\\":\\"\\u001b\\u00e9…", which the description does not declare',
  )
  expect(because({class: 'undeclared', status: 503, begins: ''})).toBe(
    'GET /e/{channel} answered 503 with an empty body, which the description does not declare',
  )
})

test('a refusal of every poll is named, and no refusal of a forged cursor', () => {
  expect(because({class: 'refused', status: 404})).toBe(
    'GET /e/{channel} answered 404 whenever it was asked',
  )
  const [request, answer] = story({class: 'refused', status: 400})
  const forged = [{...request, from: 'forged'}, answer] as unknown as Trace
  expect(untriedFor(forged, ['poll'], 'none').because).toBe('none')
  const [again, events] = story({class: 'events', count: 1, status: 200})
  const served = [request, answer, {...again, name: 'r'}, {...events, request: 'r'}]
  expect(untriedFor(served as unknown as Trace, ['poll'], 'none').because).toBe('none')
})

test('events without a cursor are named with the place where it should be', () => {
  const target = {poll: {cursor: {receive: [{body: '/curser'}]}}} as unknown as Target
  const events = {class: 'events', count: 1, status: 200}
  expect(withoutCursor(story(events), target, ['poll'])).toBe(
    'GET /e/{channel} gave events, and no cursor at [{"body":"/curser"}], where the description says that it is',
  )
  expect(withoutCursor(story({...events, cursor: '7'}), target, ['poll'])).toBeUndefined()
  expect(withoutCursor(story({class: 'empty'}), target, ['poll'])).toBeUndefined()
})

test('without one, or with one of another mechanism, the reason is that of the rule', () => {
  expect(because({class: 'empty', status: 200})).toBe('no chain was followed')
  const other = story({class: 'undeclared', status: 200, begins: 'x'})
  expect(untriedFor(other, ['longpoll'], 'none').because).toBe('none')
})

test('a redirection in the place of a stream is named with its target', () => {
  const redirected = [
    {kind: 'request', name: 'q', via: 'sse', channel: 'c', method: 'GET', target: '/s/c'},
    {kind: 'response', request: 'q', status: 307, headers: [['Location', '/s/é/c?d=c']]},
  ] as unknown as Trace
  expect(untriedFor(redirected, ['sse'], 'no stream was answered').because).toBe(
    'GET /s/{channel} answered 307 (Location: "/s/\\u00e9/{channel}?d={channel}"), and no stream',
  )
  expect(untriedFor(redirected, ['poll'], 'no poll').because).toBe('no poll')
})
