import type {Invariant} from '../invariant.ts'
import type {Target} from '../target.ts'
import type {Trace} from '../trace.ts'
import type {SilentRow} from './options.ts'

/**
 * Holds the first law of judges against one trace: what is broken on a prefix is broken on the
 * whole. Answers the first invariant that accuses a prefix of a trace that it does not accuse.
 * Which prefix is taken depends on `seed` alone.
 */
export function brokenOnPrefix(
  invariants: readonly Invariant[],
  trace: Trace,
  target: Target,
  seed: number,
): SilentRow['findings'][number] | undefined {
  const length = Math.floor((((seed * 7919) % 9973) / 9973) * trace.length)
  const prefix = trace.slice(0, length)
  for (const invariant of invariants) {
    const verdict = invariant.judge(prefix, target)
    if (verdict.is !== 'broken' || invariant.judge(trace, target).is === 'broken') continue
    const {kind, expected, saw} = verdict
    return {
      invariant: invariant.id,
      kind: `${kind} on ${length} of ${trace.length} facts, but not on all`,
      expected,
      saw,
    }
  }
  return undefined
}
