import {expect, test} from 'vitest'
import type {From} from '../../trace.ts'
import type {Play} from '../driver.ts'
import {Marks} from '../marks.ts'
import {Recorder} from '../recorder.ts'
import {Subscription} from './subscription.ts'

/** A client behind one that was given event 3, which was published at `publishedAt`. */
function setUp(initial: 'live' | 'oldest' = 'live') {
  const recorder = new Recorder()
  const play = {
    recorder,
    marks: new Marks('n'),
    service: {target: {ws: {subscribe: {initial, ready: 'head'}}}},
  } as unknown as Play
  const log = recorder.for(0)
  const event = {as: 'p1', mark: 'm1', channel: 'c'}
  log.write({kind: 'publishing', ...event, by: 'w', payload: 'm1'})
  log.write({kind: 'event', client: 'b', conn: 'b.1', via: 'ws', ...event, id: '3', data: 'm1'})
  const publishedAt = recorder.trace[0]!.at
  const subscription = new Subscription(play, 'a')
  const ask = (from: From, cursor?: string): number | undefined => {
    const asked = {path: '/', channel: 'c', from, ...(cursor !== undefined && {cursor})}
    subscription.asked({...asked, conn: 'a.1', name: 'a.1'}, log)
    subscription.upgraded(log)
    return subscription.readySince
  }
  return {ask, publishedAt, recorder}
}

test('what was published behind a named event is owed, once a reader was given that event', () => {
  const {ask, publishedAt} = setUp()
  expect(ask('named', '3')).toBe(publishedAt)
  expect(setUp().ask('named', '4')).toBeGreaterThan(0)
})

test('without a cursor all is owed, or what comes from then on', () => {
  expect(setUp('oldest').ask('live')).toBe(-Infinity)
  const {ask, recorder} = setUp()
  const before = recorder.now()
  expect(ask('live')).toBeGreaterThanOrEqual(before)
})

test('a client that goes on is owed what it was owed before', () => {
  const {ask} = setUp()
  const since = ask('live')
  expect(ask('last', '3')).toBe(since)
  expect(ask('forged', '3x')).toBe(since)
})
