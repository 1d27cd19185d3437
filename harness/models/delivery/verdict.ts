import type {Target} from '../../target.ts'
import type {Trace} from '../../trace.ts'
import {broken, type Verdict} from '../../verdict.ts'
import {untriedFor, withoutCursor} from '../undeclared.ts'
import {
  deliveryOf,
  promised,
  type DeliveryReport,
  type Problem,
  type ProblemKind,
  type Settled,
} from './delivery.ts'

/** Which part of the delivery report one invariant is about. */
export interface Concern {
  /** Mechanisms of the readers that it judges. */
  readonly via: readonly string[]
  /** Whether a problem is its own, and not that of a more special invariant. */
  concerns(problem: Problem): boolean
  /** The situations that a reader was in when all that it was owed had come; none = not reached. */
  labels(settled: Settled, report: DeliveryReport): readonly string[]
  /** What the trace would have had to reach. */
  readonly because: string
}

/** The verdict of the delivery oracle on the part of a trace that `concern` names. */
export function judgeDelivery(
  trace: Trace,
  target: Target,
  concern: Concern,
): Verdict<ProblemKind> {
  const report = deliveryOf(trace, target)
  const mine = (via: string): boolean => concern.via.includes(via)
  const problem = report.problems.find((one) => mine(one.link.via) && concern.concerns(one))
  if (problem) {
    const {kind, expected, saw, at} = problem
    return broken(kind, {expected, saw, at})
  }
  const labels = report.settled
    .filter((one) => mine(one.link.via))
    .filter((one) => one.whole || promised(target, one.link.via) === 'at-most-once')
    .flatMap((one) => concern.labels(one, report))
  if (labels.length === 0) {
    const because = withoutCursor(trace, target, concern.via) ?? concern.because
    return untriedFor(trace, concern.via, because)
  }
  return {is: 'held', labels: [...new Set(labels)]}
}

/** What a reader that came back had missed: `missed:0`, `missed:1` or `missed:2+` events published while it was away. */
export function missedLabels({link}: Settled, {published}: DeliveryReport): string[] {
  const {endedBefore} = link
  // Who never got a cursor comes back as a new reader, to whom nothing was missing.
  if (link.from !== 'last' || link.base.length === 0) return []
  if (!endedBefore || !link.guaranteed) return []
  const missed = published.filter(
    (one) =>
      one.outcome === 'acked' &&
      one.channel === link.channel &&
      one.sentAt > endedBefore.at &&
      one.endedAt < link.askedAt,
  ).length
  return [missed >= 2 ? 'missed:2+' : `missed:${missed}`]
}

/** The labels of a return that are out of reach where the target claims to keep too few events; a probe is one too. */
export function returnsOutOfReach(
  via: 'sse' | 'ws',
  {claims: {resume}, sse, ws}: Target,
): string[] {
  const {ready} = (via === 'sse' ? sse : ws?.subscribe) ?? {}
  const kept = (resume?.events ?? Infinity) - (ready === 'probe' ? 1 : 0)
  return [...(kept < 3 ? ['missed:2+'] : []), ...(kept < 2 ? ['missed:1', 'cut', 'seam'] : [])]
}

/** How a reader came back to its own position: what it had missed, whether it had been cut inside an event (`cut`), whether events were published meanwhile (`seam`). */
export function returnLabels(settled: Settled, report: DeliveryReport): string[] {
  const {link} = settled
  if (link.from !== 'last' || link.base.length === 0) return []
  const seam = report.published.some(
    ({sentAt, endedAt}) => sentAt < link.readyAt && endedAt > link.askedAt,
  )
  const cut = link.endedBefore?.partial === true
  return [...missedLabels(settled, report), ...(cut ? ['cut'] : []), ...(seam ? ['seam'] : [])]
}
