import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {judgeAttempts, type Attempt, type Declared} from './attempts.ts'

type Answer = 'ack' | 'fail' | 'final' | 'reset' | 'either'
type Outcome = 'ack' | 'fail' | 'final' | 'reset'

/** A delivery on a clock of whole ms, small enough to try every explanation of it. */
interface Small {
  starts: readonly number[]
  answers: readonly Answer[]
  delays: readonly number[]
  repeatLast: boolean
  maxAttempts: number
  hiddenResends: number
  blind: {from: number; to: number} | undefined
  watchedUntil: number
  acked: boolean
}

const outcomes: Record<Answer, Outcome[]> = {
  ack: ['ack'],
  fail: ['fail'],
  final: ['final'],
  reset: ['reset'],
  either: ['ack', 'reset'],
}

/** The twin: is there any way to number the requests so that every one was allowed and owed? */
function explicable(small: Small): boolean {
  const {starts, answers, delays, hiddenResends, blind, watchedUntil, acked} = small
  const count = starts.length
  const patience = hiddenResends * 1_000

  /** Every unseen refusal between two times, before the next request that was seen. */
  const unseen = (next: number, from: number, to: number): number[] => {
    if (!blind) return []
    const times: number[] = []
    const last = Math.min(to, blind.to, next < count ? (starts[next] ?? 0) : watchedUntil)
    for (let at = Math.max(from, blind.from); at <= last; at += 1) times.push(at)
    return times
  }
  const send = (next: number, number: number, left: number): boolean => {
    const [at = 0, answer = 'ack'] = [starts[next], answers[next]]
    return outcomes[answer].some((outcome) => after(next + 1, number, outcome, left, at + 1))
  }
  const waits = (
    next: number,
    number: number,
    [from, to]: readonly [number, number],
    resend: {left: number; from: number; to: number},
  ): boolean => {
    const start = starts[next]
    const again = resend.left > 0
    if (start === undefined) {
      const bound = (again ? Math.max(to, resend.to) : to) + 2
      if (!acked || watchedUntil <= bound) return true
    } else {
      const late = acked ? to : Number.POSITIVE_INFINITY
      if (start >= from && start <= late && send(next, number + 1, hiddenResends)) return true
      const inTime = start >= resend.from && start <= resend.to
      if (again && inTime && send(next, number, resend.left - 1)) return true
    }
    return (
      unseen(next, from, acked ? to : 999).some((at) =>
        after(next, number + 1, 'reset', hiddenResends, at),
      ) || resent(next, number, resend)
    )
  }
  const resent = (
    next: number,
    number: number,
    {left, from, to}: {left: number; from: number; to: number},
  ): boolean =>
    left > 0 && unseen(next, from, to).some((at) => after(next, number, 'reset', left - 1, at))

  const after = (
    next: number,
    number: number,
    outcome: Outcome,
    left: number,
    at: number,
  ): boolean => {
    if (outcome === 'ack' || outcome === 'final') return next === count
    const resend = {left: outcome === 'reset' ? left : 0, from: at, to: at + patience}
    const delay = delays[number - 1] ?? (small.repeatLast ? delays.at(-1) : undefined)
    if (number >= small.maxAttempts || delay === undefined) {
      if (next === count) return true
      const start = starts[next] ?? 0
      const inTime = start >= resend.from && start <= resend.to
      const again = resend.left > 0 && inTime && send(next, number, resend.left - 1)
      return again || resent(next, number, resend)
    }
    return waits(next, number, [at + delay * 0.8, at + delay * 1.2 + 3], resend)
  }
  return waits(0, 0, [0, 10], {left: 0, from: 0, to: 0})
}

/** What the receiver wrote down about an answer given at `headAt`. */
function wire(answer: Answer, headAt: number): Pick<Attempt, 'how' | 'headAt' | 'status'> {
  if (answer === 'reset') return {how: 'reset'}
  const status = {fail: 503, final: 404, either: 200, ack: 204}[answer]
  return {how: answer === 'either' ? 'reset' : 'complete', headAt, status}
}

function judge(small: Small): string[] {
  const declared: Declared = {
    ack: {
      statuses: [[200, 299]],
      ackPoint: 'headers',
      timeoutMs: 1_000,
      commitWithinMs: 0,
    },
    retry: {
      delaysMs: small.delays,
      repeatLast: small.repeatLast,
      maxAttempts: small.maxAttempts,
      jitter: {down: 0.2, up: 0.2},
      pollMs: 1,
      slackMs: 2,
      earlyMs: 0,
      firstWithinMs: 5,
      retryable: {statuses: [[500, 599]], network: true, timeout: true},
      hiddenResends: small.hiddenResends,
    },
  }
  const attempts = small.starts.map((startAt, i): Attempt => {
    const respondedAt = startAt + 1
    return {startAt, respondedAt, ...wire(small.answers[i] ?? 'ack', respondedAt)}
  })
  return judgeAttempts(declared, {
    publish: small.acked ? {at: 0, outcome: 'acked', ackedAt: 2} : {at: 0, outcome: 'unknown'},
    attempts,
    ...(small.blind && {blind: [small.blind]}),
    watchedUntil: small.watchedUntil,
  }).problems.map(({rule}) => rule)
}

const ms = (max: number): fc.Arbitrary<number> => fc.integer({min: 0, max})

/** Starts come from gaps around the bounds, since few free times would ever be legal. */
const gaps = fc.constantFrom(8, 9, 16, 17, 28, 7, 1, 2, 3, 12, 15, 40)
const smalls: fc.Arbitrary<Small> = fc
  .record(
    {
      first: fc.constantFrom(0, 3, 10, 11),
      gaps: fc.array(gaps, {maxLength: 3, size: 'max'}),
      answers: fc.array(fc.constantFrom<Answer[]>('fail', 'reset', 'either', 'final', 'ack'), {
        minLength: 4,
        maxLength: 4,
        size: 'max',
      }),
      delays: fc.constantFrom([10], [10, 20]),
      repeatLast: fc.boolean(),
      maxAttempts: fc.constantFrom(3, 2, 1),
      hiddenResends: fc.constantFrom(0, 0, 1),
      blind: fc.option(
        fc.tuple(ms(40), ms(20)).map(([from, length]) => ({from, to: from + length})),
        {nil: undefined},
      ),
      more: fc.constantFrom(0, 10, 15, 18, 19, 30, 31, 60),
      sent: fc.boolean(),
      acked: fc.constantFrom(true, true, false),
    },
    {noNullPrototype: true},
  )
  .map(({first, gaps, more, sent, ...rest}) => {
    const starts: number[] = sent ? [first] : []
    for (const gap of sent ? gaps : []) starts.push((starts.at(-1) ?? 0) + 1 + gap)
    return {...rest, starts, watchedUntil: (starts.at(-1) ?? 0) + 1 + more}
  })

test('trying every explanation of a small delivery gives the same answer', () => {
  const seen = {legal: 0, broken: 0}
  fc.assert(
    fc.property(smalls, (small) => {
      const legal = explicable(small)
      seen[legal ? 'legal' : 'broken'] += 1
      const rules = judge(small)
      expect(rules.length === 0, rules.join()).toBe(legal)
    }),
    {numRuns: 5_000},
  )
  expect(Math.min(seen.legal, seen.broken)).toBeGreaterThan(1_000)
})
