import type {Target} from '../target.ts'
import {indexes, type Trace} from '../trace.ts'
import {broken, untried, type Verdict} from '../verdict.ts'
import {
  lossRules,
  surelyInTime,
  upperRules,
  type AttemptProblem,
  type AttemptRule,
} from './attempts-words.ts'
import {promised} from './delivery/delivery.ts'
import {hookDeliveries, type HookDelivery} from './webhook.ts'

/** Which rules of the attempts model one invariant is about, and which situations show that it was tried. */
export interface AttemptConcern<Rule extends AttemptRule> {
  readonly rules: readonly Rule[]
  labels(delivery: HookDelivery): readonly string[]
  readonly because: string
}

/** The verdict of the attempts model on the rules that `concern` names. Redirected deliveries are judged elsewhere. */
export function judgeHooks<Rule extends AttemptRule>(
  trace: Trace,
  target: Target,
  concern: AttemptConcern<Rule>,
): Verdict<Rule> {
  const labels = new Set<string>()
  const mayLose = promised(target, 'webhook') === 'at-most-once'
  for (const delivery of hookDeliveries(trace, target)) {
    if (delivery.redirected) continue
    for (const problem of delivery.judged.problems) {
      const rule = concern.rules.find((rule) => rule === problem.rule)
      if (!rule || (mayLose && lossRules.has(rule))) continue
      const {expected, saw} = problem
      const at = indexes(trace, delivery.attempts.slice(Math.max(0, problem.attempt - 2)))
      return broken(rule, {
        expected: `${delivery.one.as}: ${expected}`,
        saw,
        at: at.length > 0 ? at : [delivery.one.fact],
        ...(isTimed(problem, delivery, target) && {timed: true}),
      })
    }
    for (const label of concern.labels(delivery)) labels.add(label)
  }
  return labels.size > 0 ? {is: 'held', labels: [...labels]} : untried(concern.because)
}

/**
 * Whether a problem may come from a sender that once stood still: what is missing may only be late, and
 * an acknowledgement that it did not read before its timeout was none to it.
 */
function isTimed({rule, at}: AttemptProblem, delivery: HookDelivery, {webhook}: Target): boolean {
  if (rule !== 'after-ack') return upperRules.has(rule)
  const before = delivery.attempts.findLast(({startedAt}) => startedAt < at)
  return at - (before?.startedAt ?? at) >= surelyInTime * (webhook?.ack.timeoutMs ?? 0)
}
