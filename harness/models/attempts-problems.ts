import {deadline, type Context, type Dead, type Due, type State} from './attempts-states.ts'
import type {AttemptProblem, AttemptRule} from './attempts-words.ts'

/** The problem that an attempt at `at` is, and the states from which to go on as if allowed. */
export interface Violation {
  problem: AttemptProblem
  resume: Due[]
}

/**
 * Names what is wrong with an attempt at `at` that no state takes; with 'watched', what is wrong
 * with there being none. Of several readings the mildest counts: late before early, early before
 * any that allows no attempt at all.
 */
export function violation(
  {declared}: Context,
  states: readonly State[],
  at: number,
  saw: 'attempt' | 'watched' = 'attempt',
): Violation {
  const dues = states.filter((state): state is Due => state.is === 'due')
  const overdue = dues.filter((due) => at > deadline(due))
  if (overdue.length > 0) {
    const bound = Math.max(...overdue.map((due) => deadline(due)))
    const {absentMs = declared.retry.slackMs} = declared.retry
    const surely = overdue.length === states.length && at > bound + absentMs
    const rule = surely ? missing(overdue) : 'late'
    const seen = saw === 'watched' ? `none until ${ms(at)}` : `it at ${ms(at)}`
    return {problem: about(rule, overdue, at, `it by ${ms(bound)}`, seen), resume: overdue}
  }
  const seen = `one at ${ms(at)}`
  // Outcomes that were still to come when the attempt started say nothing about it.
  const past = states.filter((state) => state.is !== 'unknown' && state.knownFrom <= at)
  const closed = past.filter((state) => state.is === 'acked' || state.is === 'dead')
  const waiting = past.some((state) => state.is === 'due')
  if (waiting || closed.length === 0) {
    const bound = Math.min(...dues.map((due) => due.earliest))
    const flying = 'none while another is in flight'
    const expected = dues.length > 0 ? `it not before ${ms(bound)}` : flying
    const open = dues.length > 0 ? dues : states.filter((state) => state.is !== 'unknown')
    return {problem: about('too-early', open, at, expected, seen), resume: dues}
  }
  const dead = closed.find((state) => state.is === 'dead')
  const rule = dead ? afterEnd[dead.why] : 'after-ack'
  const expected = dead ? whyNone[dead.why] : 'none: it was acknowledged'
  return {problem: about(rule, closed, at, expected, seen), resume: []}
}

const afterEnd: Record<Dead['why'], AttemptRule> = {
  budget: 'too-many',
  age: 'too-many',
  permanent: 'after-final',
  ended: 'after-final',
}

const whyNone: Record<Dead['why'], string> = {
  budget: 'none: the declared attempts are used up',
  age: 'none: the event is past its declared age',
  permanent: 'none: the failure is declared final',
  ended: 'none: the endpoint has ended',
}

function missing(overdue: readonly Due[]): AttemptRule {
  if (overdue.every((due) => due.crashed)) return 'lost-over-crash'
  return overdue.every((due) => due.number === 0) ? 'never-attempted' : 'not-retried'
}

function about(
  rule: AttemptRule,
  states: readonly Exclude<State, {is: 'unknown'}>[],
  at: number,
  expected: string,
  saw: string,
): AttemptProblem {
  const attempt = Math.min(...states.map((state) => state.number)) + 1
  const causes = new Map(
    states.map((state) => {
      const cause = state.is === 'due' ? state.cause : undefined
      return [JSON.stringify(cause), cause]
    }),
  )
  const [cause] = causes.size === 1 ? causes.values() : []
  return {
    rule,
    attempt,
    expected: `attempt ${attempt}: ${expected}`,
    saw,
    ...(cause && {cause}),
    at,
  }
}

function ms(at: number): string {
  return `${Math.round(at)} ms`
}
