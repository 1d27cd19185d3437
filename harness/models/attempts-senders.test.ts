import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {
  FINE,
  play,
  TIMEOUT_MS,
  type Answer,
  type Bug,
  type Dice,
  type World,
} from './attempts-simulated.ts'
import {judgeAttempts, type Declared, type Delivery} from './attempts.ts'

const millis = (max: number): fc.Arbitrary<number> => fc.integer({min: 0, max})

const declarations: fc.Arbitrary<Declared> = fc
  .record(
    {
      ackPoint: fc.constantFrom('headers' as const, 'body' as const, 'undeclared' as const),
      delaysMs: fc.array(fc.constantFrom(100, 200, 400), {minLength: 1, maxLength: 3, size: 'max'}),
      maxAttempts: fc.constantFrom<(number | 'inf')[]>(3, 1, 2, 5, 'inf'),
      jitter: fc.constantFrom({down: 0.2, up: 0.2}, {down: 0, up: 0.5}),
      hiddenResends: fc.constantFrom(0, 1, 2),
    },
    {noNullPrototype: true},
  )
  .map(({ackPoint, ...retry}) => ({
    ack: {statuses: [[200, 299]], ackPoint, timeoutMs: TIMEOUT_MS, commitWithinMs: 0},
    retry: {
      ...retry,
      repeatLast: true,
      pollMs: 10,
      slackMs: 50,
      firstWithinMs: 100,
      retryable: {statuses: [[500, 599]], network: true, timeout: true},
      retryAfter: {statuses: [[503, 503]]},
    },
    durable: {recoveryMs: 300, leaseMs: 200},
  }))

const answers: fc.Arbitrary<Answer> = fc.record(
  {
    how: fc.constantFrom('complete', 'silent', 'cut', 'reset', 'refused'),
    status: fc.constantFrom(503, 500, undefined, 404, 200, 204),
    headShare: fc.constantFrom(0, 0.1, 0.5, 0.85, 1, 1.3),
    bodyShare: fc.constantFrom(0, 0.1, 0.5, 1.5),
    retryAfterMs: fc.constantFrom(undefined, 300, 1_000),
  },
  {noNullPrototype: true},
)

const worlds: fc.Arbitrary<World> = fc.record(
  {
    declared: declarations,
    answers: fc.array(answers, {minLength: 1, maxLength: 5, size: 'max'}),
    crash: fc.option(
      fc.record({at: millis(2_000), downMs: millis(1_000)}, {noNullPrototype: true}),
      {
        nil: undefined,
      },
    ),
    blind: fc.option(
      fc.tuple(millis(2_000), millis(800)).map(([from, ms]) => ({from, to: from + ms})),
      {nil: undefined},
    ),
    busy: fc.option(
      fc.tuple(millis(3_000), millis(2_000)).map(([from, ms]) => ({from, until: from + ms})),
      {nil: undefined},
    ),
    watchedUntil: millis(8_000),
  },
  {noNullPrototype: true},
)

const rolls = fc.array(fc.integer({min: 0, max: 999}), {maxLength: 60, size: 'max'})

function diceOf(rolls: readonly number[]): Dice {
  let next = 0
  return () => (rolls[next++ % Math.max(1, rolls.length)] ?? 0) / 1_000
}

test('no legal sender is ever accused', () => {
  const exercised = new Set<string>()
  fc.assert(
    fc.property(worlds, rolls, (world, rolls) => {
      const delivery = play(world, diceOf(rolls), 'none')
      const judgement = judgeAttempts(world.declared, delivery)
      expect(judgement.problems).toEqual([])
      for (const label of judgement.exercised) exercised.add(label)
    }),
    {numRuns: 5_000},
  )
  const wanted = ['retried:2', 'retried:3', 'acked-at:1', 'acked-at:2', 'ambiguous', 'gave-up']
  wanted.push('failed:timeout', 'failed:cut', 'failed:reset', 'failed:refused', 'failed:5xx')
  wanted.push('hidden-resend', 'quiet-after-ack', 'ended-for-good', 'retry-after')
  wanted.push('crash-before-first', 'crash-while-waiting', 'crash-in-flight', 'crash-after-ack')
  wanted.push('sent-over-crash')
  expect(wanted.filter((label) => !exercised.has(label))).toEqual([])
})

test('what is broken on a prefix stays broken on the whole', () => {
  const bugs = fc.constantFrom<Bug[]>('hasty', 'ignores-ack', 'one-more', 'slow', 'never-retries')
  fc.assert(
    fc.property(worlds, rolls, bugs, millis(8_000), (world, rolls, bug, at) => {
      const delivery = play(world, diceOf(rolls), bug)
      const whole = judgeAttempts(world.declared, delivery).problems.map(({rule}) => rule)
      const cut = Math.min(at, delivery.watchedUntil)
      const part = judgeAttempts(world.declared, prefix(delivery, cut))
      for (const {rule} of part.problems) expect(whole).toContain(rule)
    }),
    {numRuns: 5_000},
  )
})

/** What was known of the delivery at time `cut`. */
function prefix(delivery: Delivery, cut: number): Delivery {
  const until = <T extends object>(facts: T, keys: (keyof T)[]): T => {
    const known = {...facts}
    for (const key of keys) if (Number(known[key]) > cut) delete known[key]
    return known
  }
  return {
    ...delivery,
    publish: cut < 10 ? {at: 0, outcome: 'unknown'} : delivery.publish,
    attempts: delivery.attempts
      .filter((attempt) => attempt.startAt <= cut)
      .map((attempt) => {
        const known = until(attempt, ['headAt', 'respondedAt', 'senderClosedAt'])
        if (known.respondedAt === undefined) known.how = 'silent'
        if (known.headAt === undefined) delete known.status
        return known
      }),
    crashes: (delivery.crashes ?? [])
      .filter((crash) => crash.at <= cut)
      .map((crash) => until(crash, ['diedAt', 'upAt'])),
    blind: (delivery.blind ?? []).filter((blind) => blind.from <= cut),
    watchedUntil: cut,
  }
}

/** A world in which the bug shows: failures at once, then an acknowledgement, watched long. */
const plain = (status: number, crash?: World['crash']): fc.Arbitrary<World> =>
  declarations.map((declared) => ({
    declared: {
      ...declared,
      retry: {...declared.retry, maxAttempts: 3, hiddenResends: 0},
    },
    answers: [{...FINE, status}],
    crash,
    blind: undefined,
    busy: undefined,
    watchedUntil: 20_000,
  }))

test.each<[Bug, string, fc.Arbitrary<World>]>([
  ['hasty', 'too-early', plain(503)],
  ['ignores-ack', 'after-ack', plain(204)],
  ['one-more', 'too-many', plain(503)],
  ['never-retries', 'not-retried', plain(503)],
  ['never-sends', 'never-attempted', plain(204)],
  ['slow', 'late', plain(503)],
  ['forgets', 'lost-over-crash', plain(503, {at: 60, downMs: 100})],
  ['retries-final', 'after-final', plain(404)],
])('a sender that is %s breaks %s first', (bug, rule, world) => {
  fc.assert(
    fc.property(world, rolls, (world, rolls) => {
      const problems = judgeAttempts(world.declared, play(world, diceOf(rolls), bug)).problems
      expect(problems[0]?.rule).toBe(rule)
    }),
    {numRuns: 200},
  )
})
