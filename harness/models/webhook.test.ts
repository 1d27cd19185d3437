import {expect, test} from 'vitest'
import type {Target} from '../target.ts'
import type {FactOf, Trace} from '../trace.ts'
import {judgeHooks} from './attempts-verdict.ts'
import {followed, hookDeliveries} from './webhook.ts'

const targetOf = (headOfLine: boolean): Target =>
  ({
    webhook: {
      ack: {statuses: [[200, 299]], point: 'headers', timeoutMs: 500, commitWithinMs: 100},
      retry: {
        delaysMs: [400],
        maxAttempts: 2,
        jitter: {down: 0, up: 0},
        retryAfter: 'ignored',
        pollMs: 0,
        hiddenResends: 0,
      },
      redirect: 'never',
      gone: false,
      headOfLine,
      signature: {scheme: 'none'},
    },
    limits: {deliverMs: 200, slackMs: 50},
    claims: {durable: false, delivery: {}},
  }) as unknown as Target

const attempt = (mark: string, number: number, at: number, status: number): object[] => {
  const mine = {client: 'h', conn: `h.${at}`, attempt: number, marks: [mark]}
  return [
    {kind: 'attempt', ...mine, startedAt: at, at, target: '/hook'},
    {kind: 'replied', ...mine, at: at + 1, status, how: 'complete'},
  ]
}

/** Two events, of which the first fails and is tried again after 400 ms; the second comes behind that. */
const trace = (): Trace =>
  facts([
    ...attempt('m1', 1, 10, 503),
    ...attempt('m1', 2, 420, 200),
    ...attempt('m2', 1, 430, 200),
  ])

function facts(attempts: readonly object[]): Trace {
  const published = (as: string, mark: string, at: number): object[] => [
    {kind: 'publishing', as, mark, by: 'w', channel: 'c', payload: mark, at},
    {kind: 'published', as, mark, outcome: 'acked', at: at + 2},
  ]
  const all = [
    {kind: 'registered', client: 'h', channel: 'c', at: 1},
    ...published('p1', 'm1', 2),
    ...published('p2', 'm2', 5),
    ...attempts,
    {kind: 'settled', client: 'h', waitedMs: 900, at: 2400},
    {kind: 'ended', steps: 3, at: 2500},
  ]
  return all.map((fact) => ({step: 0, ...fact})) as unknown as Trace
}

/** The retry of the first event is due at 411; until 985 the sender waits for an answer to the second. */
const heldUpRetry = (): Trace =>
  facts([
    ...attempt('m1', 1, 10, 503),
    ...attempt('m2', 1, 400, 0).slice(0, 1),
    ...attempt('m1', 2, 985, 200),
    ...attempt('m2', 2, 1390, 200),
  ])

/** The same, where the event that is not answered bears no mark of the case. */
const heldUpByAStranger = (): Trace =>
  facts([
    ...attempt('m1', 1, 10, 503),
    ...attempt('m2', 1, 12, 200),
    ...attempt('other', 1, 400, 0).slice(0, 1),
    ...attempt('m1', 2, 985, 200),
  ])

const rules = (target: Target, of = trace()): string[] =>
  hookDeliveries(of, target).flatMap(({judged}) => judged.problems.map(({rule}) => rule))

test('an event may wait behind one that is retried, where that is declared', () => {
  expect(rules(targetOf(true))).toEqual([])
  expect(rules(targetOf(false))).not.toEqual([])
})

test('a retry may wait behind an event whose answer does not come, where that is declared', () => {
  expect(rules(targetOf(true), heldUpRetry())).toEqual([])
  expect(rules(targetOf(false), heldUpRetry())).toContain('not-retried')
})

test('a retry may wait behind an event that the case did not publish, where that is declared', () => {
  expect(rules(targetOf(true), heldUpByAStranger())).toEqual([])
  expect(rules(targetOf(false), heldUpByAStranger())).toContain('not-retried')
})

test('who claims at most once may lose what was accepted', () => {
  const target = targetOf(false)
  const judged = (webhook: 'at-least-once' | 'at-most-once'): string =>
    judgeHooks(
      heldUpRetry(),
      {...target, claims: {...target.claims, delivery: {webhook}}},
      {rules: ['not-retried'], labels: () => ['tried'], because: 'nothing'},
    ).is
  expect(judged('at-least-once')).toBe('broken')
  expect(judged('at-most-once')).toBe('held')
})

test('an attempt at the URL of its endpoint followed nothing, whenever it came', () => {
  const [home, away] = ['/hook', '/hook?followed'].map((target) => ({target}) as FactOf<'attempt'>)
  const delivery = {...hookDeliveries(trace(), targetOf(true))[0]!, redirected: true}
  expect(followed({...delivery, attempts: [home!, home!]})).toBeUndefined()
  expect(followed({...delivery, attempts: [home!, away!]})).toBe(away)
})
