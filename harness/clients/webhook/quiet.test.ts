import {expect, test} from 'vitest'
import type {Target} from '../../target.ts'
import type {Trace, Unstamped} from '../../trace.ts'
import {longestSilenceMs, quietAfter, scheduleMs} from './quiet.ts'

const retry = {
  delaysMs: [100, 200],
  repeatLast: false,
  maxAttempts: 3,
  jitter: {down: 0, up: 0},
  permanent: [],
  hiddenResends: 0,
  retryAfter: {statuses: [[503, 503]], capMs: 5000},
  pollMs: 0,
  slackMs: 10,
}

const target = {
  limits: {deliverMs: 300, publishMs: 400, quietMs: 20, slackMs: 10},
  webhook: {
    ack: {statuses: [[200, 299]], point: 'headers', timeoutMs: 1000, commitWithinMs: 0},
    retry,
    recoveryMs: 700,
  },
} as unknown as Target

function trace(...facts: [at: number, fact: Unstamped][]): Trace {
  return facts.map(([at, fact]) => ({...fact, at, step: 0}))
}

const registered: Unstamped = {kind: 'registered', client: 'x', url: 'http://a/', channel: 'c'}

function publishing(mark: string): Unstamped {
  return {kind: 'publishing', as: mark, mark, by: 'p', channel: 'c', payload: mark}
}

function published(mark: string, outcome: 'acked' | 'refused' | 'unknown' = 'acked'): Unstamped {
  return {kind: 'published', as: mark, mark, outcome}
}

function attempt(attempt: number, conn = `x.${attempt}`): Unstamped {
  return {
    kind: 'attempt',
    client: 'x',
    conn,
    startedAt: 0,
    attempt,
    marks: ['m'],
    method: 'POST',
    target: '/',
    headers: [],
    body: '',
    ending: 'complete',
  }
}

function replied(attempt: number, more: Partial<Unstamped & {kind: 'replied'}> = {}): Unstamped {
  const conn = `x.${attempt}`
  return {kind: 'replied', client: 'x', conn, attempt, marks: ['m'], how: 'complete', ...more}
}

const quiet = (...facts: [at: number, fact: Unstamped][]): {lastAt: number; dueAt: number} =>
  quietAfter(trace([0, registered], ...facts), 'x', 'c', target)

test('with nothing published, quiet is the floor', () => {
  expect(quiet()).toEqual({lastAt: 0, dueAt: 20})
})

test('a publish that is not answered, and an event without an attempt, are waited for', () => {
  expect(quiet([5, publishing('m')])).toEqual({lastAt: 5, dueAt: 405})
  expect(quiet([5, publishing('m')], [9, published('m')])).toEqual({lastAt: 9, dueAt: 9 + 610})
  expect(quiet([5, publishing('m')], [9, published('m', 'unknown')]).dueAt).toBe(9 + 610)
  expect(quiet([5, publishing('m')], [9, published('m', 'refused')]).dueAt).toBe(29)
})

test('behind an attempt it is twice the next delay, and what is still owed may be late as well', () => {
  const before: [number, Unstamped][] = [
    [1, publishing('m')],
    [2, published('m')],
    [10, attempt(1)],
  ]
  const acked = quiet(...before, [11, replied(1, {status: 204})])
  expect(acked).toEqual({lastAt: 11, dueAt: 11 + 2 * 110})
  const failed = quiet(...before, [11, replied(1, {status: 503})])
  expect(failed).toEqual({lastAt: 11, dueAt: 11 + 2 * 110 + 300})
  const second: [number, Unstamped][] = [
    [200, attempt(2)],
    [201, replied(2, {status: 500})],
  ]
  expect(quiet(...before, ...second).dueAt).toBe(201 + 2 * 210 + 300)
})

test('one attempt too many would come after the last delay again', () => {
  expect(quiet([500, attempt(3)], [501, replied(3, {status: 500})]).dueAt).toBe(501 + 2 * 210)
})

test('where nothing is tried again an attempt too many is watched for as long as the slack', () => {
  const once = {...retry, delaysMs: [], maxAttempts: 1, pollMs: 30}
  const webhook = {...target.webhook, retry: once}
  const facts = trace([500, attempt(1)], [501, replied(1, {status: 500})])
  const {dueAt} = quietAfter(facts, 'x', 'c', {...target, webhook} as unknown as Target)
  expect(dueAt).toBe(501 + 2 * 40)
})

test('silence lasts until the timeout of the sender, then its delay begins', () => {
  expect(quiet([10, attempt(1)], [11, replied(1, {how: 'silent'})]).dueAt).toBe(10 + 1250 + 520)
  const end: Unstamped = {kind: 'fin', conn: 'x.1', by: 'server'}
  const ended = quiet([10, attempt(1)], [11, replied(1, {how: 'silent'})], [1010, end])
  expect(ended).toEqual({lastAt: 1010, dueAt: 1010 + 520})
})

test('a Retry-After that the target honours is waited for', () => {
  const told = replied(1, {status: 503, retryAfter: '2'})
  expect(quiet([10, attempt(1)], [11, told]).dueAt).toBe(11 + 4000)
  const elsewhere = replied(1, {status: 500, retryAfter: '2'})
  expect(quiet([10, attempt(1)], [11, elsewhere]).dueAt).toBe(11 + 520)
})

test('after a restart the recovery is waited for where something is owed', () => {
  const restarted: [number, Unstamped] = [50, {kind: 'restarted', downMs: 3}]
  expect(quiet(restarted).dueAt).toBe(50 + 20)
  const failed: [number, Unstamped] = [11, replied(1, {status: 503})]
  const owed = quiet([1, publishing('m')], [2, published('m')], [10, attempt(1)], failed, restarted)
  expect(owed.dueAt).toBe(50 + 700 + 210 + 300 + 2 * 10 + 20)
})

test('the whole schedule bounds every wait', () => {
  expect(scheduleMs(target)).toBeGreaterThan(3 * 1250 + 110 + 210)
  expect(Number.isFinite(scheduleMs(target))).toBe(true)
  const endless = {...retry, maxAttempts: 'inf', repeatLast: true}
  const webhook = {...target.webhook, retry: endless}
  expect(Number.isFinite(scheduleMs({...target, webhook} as unknown as Target))).toBe(true)
  expect(longestSilenceMs(target)).toBe(2000)
})
