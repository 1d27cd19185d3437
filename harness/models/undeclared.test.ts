import {expect, test} from 'vitest'
import type {Trace} from '../trace.ts'
import {untriedFor} from './undeclared.ts'

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
