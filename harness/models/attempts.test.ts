import {expect, test} from 'vitest'
import {
  judgeAttempts,
  nextAfter,
  quietAfterMs,
  type Attempt,
  type AttemptJudgement,
  type Crash,
  type Declared,
  type Delivery,
} from './attempts.ts'

const declared: Declared = {
  ack: {statuses: [[200, 299]], ackPoint: 'headers', timeoutMs: 1_000, commitWithinMs: 100},
  retry: {
    delaysMs: [100, 200],
    repeatLast: false,
    maxAttempts: 3,
    jitter: {down: 0.2, up: 0.2},
    pollMs: 10,
    slackMs: 50,
    firstWithinMs: 100,
    retryable: {statuses: [[300, 599]], network: true, timeout: true},
    hiddenResends: 0,
  },
  durable: {recoveryMs: 300, leaseMs: 200},
}

const withRetry = (retry: Partial<Declared['retry']>): Declared => ({
  ...declared,
  retry: {...declared.retry, ...retry},
})
/** An attempt answered completely with `status`, 5 ms after its start. */
const answered = (startAt: number, status: number, more: Partial<Attempt> = {}): Attempt => ({
  startAt,
  headAt: startAt + 5,
  respondedAt: startAt + 5,
  status,
  how: 'complete',
  ...more,
})

function judge(
  attempts: readonly Attempt[],
  more: Partial<Delivery> = {},
  by: Declared = declared,
): AttemptJudgement {
  const publish = {at: 0, outcome: 'acked', ackedAt: 10} as const
  return judgeAttempts(by, {publish, attempts, watchedUntil: 10_000, ...more})
}

const rules = (judgement: AttemptJudgement): [string, number][] =>
  judgement.problems.map(({rule, attempt}) => [rule, attempt])

const crash = (at: number, upAt: number): Crash => ({at, diedAt: at + 1, upAt})

test('fails, retries and an acknowledgement are exercised, not accused', () => {
  const judgement = judge([answered(20, 503), answered(130, 404), answered(330, 204)])
  expect(judgement.problems).toEqual([])
  expect(judgement.attempts.map(({number, class: found}) => [number, found])).toEqual([
    [1, 'FAIL'],
    [2, 'FAIL'],
    [3, 'ACK'],
  ])
  expect([...judgement.exercised].sort()).toEqual([
    'acked-at:3',
    'attempted',
    'failed:4xx',
    'failed:5xx',
    'quiet-after-ack',
    'retried:2',
    'retried:3',
  ])
})

test('a retry before its lower bound is too early, and the rest goes on from there', () => {
  const judgement = judge([answered(20, 503), answered(96, 503), answered(280, 204)])
  expect(rules(judgement)).toEqual([['too-early', 2]])
  expect(judgement.problems[0]).toMatchObject({
    expected: 'attempt 2: it not before 97 ms',
    saw: 'one at 96 ms',
    cause: {kind: 'status', status: 503},
  })
  expect(rules(judge([answered(20, 503), answered(97, 204)]))).toEqual([])
})

test('a second attempt while one is in flight is too early', () => {
  expect(rules(judge([{startAt: 20, how: 'silent'}, answered(300, 204)]))).toEqual([
    ['too-early', 2],
  ])
  const slow = answered(20, 204, {headAt: 420, respondedAt: 420})
  expect(rules(judge([slow, answered(300, 204)]))).toEqual([['too-early', 2]])
})

test('an attempt after an acknowledgement is reported once', () => {
  const judgement = judge([answered(20, 204), answered(130, 204), answered(400, 204)])
  expect(rules(judgement)).toEqual([['after-ack', 2]])
})

test('an attempt above the declared number is too many', () => {
  const fails = [20, 130, 330, 550].map((at) => answered(at, 500))
  expect(rules(judge(fails))).toEqual([['too-many', 4]])
  const three = judge(fails.slice(0, 3))
  expect(three.problems).toEqual([])
  expect(three.exercised).toContain('gave-up')
})

test('an attempt past the declared age is too many', () => {
  const by = withRetry({maxAgeMs: 200, maxAttempts: 'inf', repeatLast: true})
  expect(rules(judge([answered(20, 500), answered(130, 500), answered(330, 500)], {}, by))).toEqual(
    [['too-many', 3]],
  )
})

test('an attempt after a failure that is declared final is reported as that', () => {
  const by = withRetry({retryable: {statuses: [[500, 599]], network: true, timeout: true}})
  expect(rules(judge([answered(20, 410), answered(130, 204)], {}, by))).toEqual([
    ['after-final', 2],
  ])
  expect(judge([answered(20, 410)], {}, by).exercised).toContain('ended-for-good')
})

test('an accepted event that nobody attempts is reported once its bound has passed', () => {
  expect(rules(judge([], {watchedUntil: 221}))).toEqual([['never-attempted', 1]])
  const early = judge([], {watchedUntil: 220})
  expect(early.problems).toEqual([])
  expect(early.decidedAt).toBe(220)
})

test('a failed attempt that is not retried is reported once its bound has passed', () => {
  const failed = [answered(20, 503)]
  expect(judge(failed).decidedAt).toBe(25 + 120 + 10 + 50 + 50)
  expect(rules(judge(failed, {watchedUntil: 255}))).toEqual([])
  expect(rules(judge(failed, {watchedUntil: 256}))).toEqual([['not-retried', 2]])
})

test('a retry between its bound and the slack after it is late, later it was missing', () => {
  expect(rules(judge([answered(20, 503), answered(206, 204)]))).toEqual([['late', 2]])
  expect(rules(judge([answered(20, 503), answered(256, 204)]))).toEqual([['not-retried', 2]])
})

test('an event whose publish had no certain outcome is owed nothing and allowed everything', () => {
  const publish = {at: 0, outcome: 'unknown'} as const
  expect(rules(judge([], {publish}))).toEqual([])
  expect(rules(judge([answered(3_000, 503)], {publish}))).toEqual([])
  expect(rules(judge([answered(20, 204), answered(400, 204)], {publish}))).toEqual([
    ['after-ack', 2],
  ])
})

test('where the acknowledgement is uncertain, a retry and silence are both right', () => {
  const reset = answered(20, 200, {how: 'reset'})
  for (const more of [[], [answered(130, 204)]]) expect(rules(judge([reset, ...more]))).toEqual([])
  expect(rules(judge([reset, answered(50, 204)]))).toEqual([['too-early', 2]])
})

test('a sender that gives up is measured from its close', () => {
  const silent = {startAt: 20, how: 'silent', senderClosedAt: 1_020} as const
  expect(rules(judge([silent, answered(1_091, 204)]))).toEqual([['too-early', 2]])
  expect(rules(judge([silent, answered(1_092, 204)]))).toEqual([])
  expect(rules(judge([silent, answered(1_250, 204)]))).toEqual([])
})

test('a timeout may run from the moment at which the attempt was allowed, not from its first byte', () => {
  const silent: Attempt = {startAt: 60, begunAt: -40, how: 'silent', senderClosedAt: 1_050}
  // Allowed from 0 on: given up at 1,000, and again after the least delay of 80 without its tenth.
  expect(rules(judge([silent, answered(1_072, 204)]))).toEqual([])
  expect(rules(judge([silent, answered(1_071, 204)]))).toEqual([['too-early', 2]])
  expect(rules(judge([{...silent, begunAt: 50}, answered(1_072, 204)]))).toEqual([['too-early', 2]])
})

test('an attempt that came in time is not late because its bytes were read later', () => {
  const next = (startAt: number, cameAt: number): unknown =>
    rules(judge([answered(20, 503), answered(startAt, 204, {cameAt})]))
  expect([next(900, 900), next(900, 130)]).toEqual([[['not-retried', 2]], []])
  expect(next(50, 30)).toEqual([['too-early', 2]])
})

test('hidden re-sends are not counted, only after a transport failure, only as declared', () => {
  const by = withRetry({hiddenResends: 1})
  const reset: Attempt = {startAt: 20, respondedAt: 30, how: 'reset'}
  const again = {...reset, startAt: 31, respondedAt: 40}
  expect(rules(judge([reset, again, answered(125, 204)], {}, by))).toEqual([])
  expect(judge([reset, again], {}, by).exercised).toContain('hidden-resend')
  expect(rules(judge([reset, again, answered(45, 204)], {}, by))).toEqual([['too-early', 2]])
  expect(rules(judge([reset, again]))).toEqual([
    ['too-early', 2],
    ['not-retried', 3],
  ])
  expect(rules(judge([answered(20, 503), answered(31, 204)], {}, by))).toEqual([['too-early', 2]])
})

test('a Retry-After within its cap moves both bounds, beyond it the schedule may hold', () => {
  const by = withRetry({retryAfter: {statuses: [[429, 429]], capMs: 1_000}})
  const named = (retryAfterMs: number): Attempt => answered(20, 429, {retryAfterMs})
  expect(rules(judge([named(500), answered(200, 204)], {}, by))).toEqual([['too-early', 2]])
  expect(rules(judge([named(500), answered(600, 204)], {}, by))).toEqual([])
  expect(rules(judge([named(9_000), answered(130, 204)], {}, by))).toEqual([])
  expect(rules(judge([named(9_000), answered(1_200, 204)], {}, by))).toEqual([])
  expect(rules(judge([named(9_000)], {}, by))).toEqual([['not-retried', 2]])
  expect(rules(judge([named(500), answered(130, 204)]))).toEqual([])
  expect(rules(judge([named(500), answered(600, 204)]))).toEqual([])
})

test('an overload delay moves the lower bound', () => {
  const by = withRetry({overload: {statuses: [[429, 429]], timeout: false, delayMs: 1_000}})
  expect(rules(judge([answered(20, 429), answered(130, 204)], {}, by))).toEqual([['too-early', 2]])
  expect(rules(judge([answered(20, 429), answered(1_100, 204)], {}, by))).toEqual([])
})

test('a followed redirect leaves everything open', () => {
  const moved = answered(20, 302, {location: '/elsewhere'})
  expect(rules(judge([moved, answered(21, 204)], {}, {...declared, redirect: 'follow'}))).toEqual(
    [],
  )
  expect(rules(judge([moved, answered(21, 204)]))).toEqual([['too-early', 2]])
})

test('attempts that were refused unseen count', () => {
  const blind = [{from: 15, to: 200}]
  expect(rules(judge([answered(400, 204)], {blind}))).toEqual([])
  expect(rules(judge([answered(400, 204)]))).toEqual([['never-attempted', 1]])
  expect(rules(judge([], {blind}))).toEqual([['not-retried', 1]])
  expect(rules(judge([], {blind: [{from: 15, to: 250}]}))).toEqual([])
})

test('a waiting retry survives a crash', () => {
  const crashes = [crash(150, 400)]
  const waiting = [answered(20, 503)]
  expect(rules(judge([...waiting, answered(700, 204)], {crashes}))).toEqual([])
  expect(rules(judge(waiting, {crashes}))).toEqual([['lost-over-crash', 2]])
  const judgement = judge([...waiting, answered(700, 204)], {crashes})
  expect(judgement.exercised).toContain('crash-while-waiting')
  expect(judgement.exercised).toContain('sent-over-crash')
})

test('an accepted event survives a crash before its first attempt', () => {
  const crashes = [crash(12, 400)]
  expect(rules(judge([answered(800, 204)], {crashes}))).toEqual([])
  expect(rules(judge([], {crashes}))).toEqual([['lost-over-crash', 1]])
})

test('an acknowledgement survives a crash once the commit time has passed', () => {
  const again = [answered(20, 204), answered(500, 204)]
  expect(rules(judge(again, {crashes: [crash(100, 400)]}))).toEqual([])
  expect(rules(judge(again, {crashes: [crash(126, 400)]}))).toEqual([['after-ack', 2]])
  const quiet = judge(again.slice(0, 1), {crashes: [crash(126, 400)]})
  expect(quiet.exercised).toContain('crash-after-ack')
  expect(quiet.problems).toEqual([])
})

test('an attempt in flight in a crash is made again, and need not be counted', () => {
  const crashes = [crash(30, 400)]
  const flying: Attempt = {startAt: 20, how: 'silent', senderClosedAt: 32}
  const fails = [500, 610, 810].map((at) => answered(at, 500))
  expect(rules(judge([flying, ...fails], {crashes}))).toEqual([])
  expect(rules(judge([flying, ...fails, answered(1_100, 500)], {crashes}))).toEqual([
    ['too-many', 4],
  ])
  expect(rules(judge([flying], {crashes}))).toEqual([['lost-over-crash', 1]])
})

test('a request read after the death may be the last one of the dead process', () => {
  const crashes = [crash(96, 400)]
  const late = [answered(20, 503), answered(99, 204)]
  expect(rules(judge([...late, answered(500, 204)], {crashes}))).toEqual([])
  expect(rules(judge(late, {crashes}))).toEqual([])
})

test('a target without durability owes nothing after a crash', () => {
  const {durable: _, ...forgetful} = declared
  const crashes = [crash(30, 400)]
  expect(rules(judge([answered(20, 503)], {crashes}, forgetful))).toEqual([])
  expect(rules(judge([answered(20, 204), answered(401, 204)], {crashes}, forgetful))).toEqual([])
})

test('what was missing before a crash is not forgiven by it', () => {
  const later = {crashes: [crash(2_000, 2_100)]}
  expect(rules(judge([answered(20, 503), answered(2_200, 204)], later))).toEqual([
    ['not-retried', 2],
  ])
})

test('an endpoint that has ended is owed nothing, and in the end allowed nothing', () => {
  const ended = {from: 100, by: 300}
  expect(rules(judge([answered(20, 503)], {ended}))).toEqual([])
  expect(rules(judge([answered(20, 503), answered(130, 204)], {ended}))).toEqual([])
  expect(
    rules(judge([answered(20, 503), answered(140, 503), answered(340, 204)], {ended})),
  ).toEqual([['after-final', 3]])
})

test('the windows can be asked for', () => {
  expect(nextAfter(declared, 1, 'timeout')).toEqual({
    is: 'retry',
    window: {lowMs: 72, highMs: 180},
  })
  expect(nextAfter(declared, 3, 'timeout')).toEqual({is: 'end', why: 'budget'})
  expect(quietAfterMs(declared, 3)).toBe(300)
})
