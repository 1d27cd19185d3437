import {
  exitCodes,
  type Check,
  type CheckVerdict,
  type Failure,
  type Report,
  type RunVerdict,
} from '../report.ts'
import type {Invariant, Level} from '../invariant.ts'
import {floorsOf, mechanismOf} from '../invariant.ts'
import type {Target} from '../target.ts'
import type {Tally} from './tally.ts'

/** What a check comes to. */
export interface Weighing {
  readonly target: Target
  readonly floors: boolean
  /** Why its mechanism could not be tried at all. */
  readonly silent?: string | undefined
  readonly notClaimed?: string | undefined
  readonly failures: readonly Failure[]
  /** Findings of time that did not come again. */
  readonly unsure: readonly string[]
  readonly interrupted?: string | undefined
}

/** The check of one invariant from all that was said of it. */
export function checkOf(invariant: Invariant, tally: Tally | undefined, weighing: Weighing): Check {
  const {id, level, claim, cites} = invariant
  const {verdict, because} = waived(
    verdictOf(invariant, tally, weighing),
    weighing.target.waive[id],
  )
  return {
    id,
    level,
    mechanism: mechanismOf(id),
    claim,
    cites,
    verdict,
    ...(because !== undefined && {because}),
    notes: [...(tally?.notes ?? [])],
    runs: tally?.runs ?? 0,
    ms: Math.round(tally?.ms ?? 0),
    cover: Object.fromEntries(
      Object.entries(floorsOf(invariant, weighing.target)).map(([label, floor]) => [
        label,
        {seen: tally?.cover.get(label) ?? 0, floor},
      ]),
    ),
    failures: weighing.failures,
  }
}

interface Weighed {
  readonly verdict: CheckVerdict
  readonly because?: string
}

/** What is waived never fails a run: neither by a fault, nor where another fault hides what it is about. */
function waived(weighed: Weighed, reason: string | undefined): Weighed {
  const {verdict} = weighed
  if (reason === undefined || (verdict !== 'fail' && verdict !== 'inconclusive')) return weighed
  return {verdict: 'waived', because: reason}
}

function verdictOf(invariant: Invariant, tally: Tally | undefined, weighing: Weighing): Weighed {
  const {failures, silent, notClaimed, interrupted, floors, unsure} = weighing
  if (notClaimed) return {verdict: 'not-claimed', because: notClaimed}
  if (failures.length > 0) return {verdict: 'fail'}
  if (silent) return {verdict: 'inconclusive', because: silent}
  if (unsure.length > 0) return {verdict: 'inconclusive', because: unsure.join('; ')}
  if (!tally || tally.held === 0) {
    const because = interrupted ?? tally?.because() ?? 'it was not tried'
    return {verdict: 'inconclusive', because}
  }
  const missing = floors ? tally.missing(weighing.target) : []
  if (missing.length === 0) return {verdict: 'pass'}
  const counted = missing.map(
    ([label, floor]) => `${label} ${tally.cover.get(label) ?? 0} of ${floor}`,
  )
  return {
    verdict: 'inconclusive',
    because: interrupted ?? `too few situations were reached: ${counted.join(', ')}`,
  }
}

/** Whether a failure of this level ends a run with exit code 1. */
export function gates(level: Level, strict: boolean): boolean {
  return level === 'MUST' || level === 'PRACTICE' || (strict && level === 'SHOULD')
}

/** The numbers of the last line. */
export function summaryOf(checks: readonly Check[]): Report['summary'] {
  const count = (verdict: CheckVerdict): number =>
    checks.filter((check) => check.verdict === verdict).length
  return {
    passed: count('pass'),
    failed: count('fail'),
    known: count('known'),
    stale: count('stale'),
    inconclusive: count('inconclusive'),
    notClaimed: count('not-claimed'),
    waived: count('waived'),
  }
}

/** Verdict and exit code of a whole run. When several apply: 6, 3, 1, 5, 4 (design: commands). */
export function runVerdict(
  checks: readonly Check[],
  facts: {strict: boolean; unreachable: boolean; interrupted: boolean; unexplainedDeaths: number},
): {verdict: RunVerdict; exitCode: number} {
  if (facts.interrupted) return {verdict: 'interrupted', exitCode: exitCodes.interrupted}
  if (facts.unreachable || facts.unexplainedDeaths > 0)
    return {verdict: 'unreachable', exitCode: exitCodes.unreachable}
  const gated = checks.some(
    (check) =>
      check.verdict === 'fail' &&
      check.failures.some(({kind, level}) => kind === 'died' || gates(level, facts.strict)),
  )
  if (gated) return {verdict: 'fail', exitCode: exitCodes.failure}
  const vacuous = checks.some(
    (check) => check.verdict === 'inconclusive' && gates(check.level, true),
  )
  if (vacuous) return {verdict: 'inconclusive', exitCode: exitCodes.inconclusive}
  if (checks.some((check) => check.verdict === 'stale'))
    return {verdict: 'stale', exitCode: exitCodes.stale}
  return {verdict: 'pass', exitCode: exitCodes.expected}
}
