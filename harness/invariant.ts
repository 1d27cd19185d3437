import type {PolicyOverride} from '../fixtures/reference/policy/index.ts'
import type {Behaviour} from './behaviour.ts'
import type {Mechanism, Target} from './target.ts'
import type {Trace} from './trace.ts'
import type {Verdict} from './verdict.ts'

/** How binding a claim is: RFC 2119 words as in the cited text; PRACTICE = no standard says so, users rely on it. */
export type Level = 'MUST' | 'SHOULD' | 'MAY' | 'PRACTICE'

export interface Citation {
  /** Document and section, as printed to a user: `RFC 6455 5.5.1`. */
  readonly source: string
  readonly url?: string
}

/** A seeded fault of the reference server: one decision overridden, which this invariant must find. */
export interface Mutant<Kind extends string = string> {
  readonly name: string
  /** What the mutant does wrong, in one line. */
  readonly bug: string
  /** The kind of `broken` that proves the kill to be for the right reason. */
  readonly kind: Kind
  readonly policy: PolicyOverride
  /** The fault ends or restarts the process, so that it needs one of its own. */
  readonly ownProcess?: true
}

/** A legal oddity of the reference server, on which every invariant must stay silent. */
export interface Variant {
  /** What the standard allows, with its section. */
  readonly freedom: string
  readonly policy: PolicyOverride
  /** What the description of such a server would say otherwise, made from that of the reference. */
  describe?(reference: Target): Target
}

/** One rule that a server can break, with all that is needed to try it. One file each, found by being there. */
export interface Invariant<Kind extends string = string> {
  /** The file's path below fixtures/invariants with dots: `sse.resume.exact`. */
  readonly id: string
  readonly level: Level
  readonly claim: string
  readonly cites: readonly [Citation, ...Citation[]]
  /** Words of `capabilities.ts` that the target must claim; the mechanism itself is implied. */
  readonly needs: readonly string[]
  readonly behaviour: Behaviour
  /** Which of the behaviour's aims steer scripts to this rule. */
  readonly aim: string | readonly string[]
  /** Below these numbers of traces per label the check is inconclusive. */
  readonly cover: Readonly<Record<string, number>>
  /** Labels of `cover` that what the target declares puts out of reach: they have no floor then. */
  outOfReach?(target: Target): readonly string[]
  judge(trace: Trace, target: Target): Verdict<Kind>
  readonly mutants: readonly [Mutant<Kind>, ...Mutant<Kind>[]]
}

/** The aims of an invariant as a list. */
export function aimsOf(invariant: Invariant): readonly string[] {
  return typeof invariant.aim === 'string' ? [invariant.aim] : invariant.aim
}

/** How many traces of each label a check of this target needs; 0 for what is out of reach. */
export function floorsOf(invariant: Invariant, target: Target): Record<string, number> {
  const unreachable = new Set(invariant.outOfReach?.(target))
  return Object.fromEntries(
    Object.entries(invariant.cover).map(([label, floor]) => [
      label,
      unreachable.has(label) ? 0 : floor,
    ]),
  )
}

/** The mechanism that an id begins with. */
export function mechanismOf(id: string): Mechanism {
  return id.slice(0, id.indexOf('.')) as Mechanism
}
