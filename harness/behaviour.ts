import type {Arbitrary} from 'fast-check'
import type {Script} from './script/script.ts'
import type {Target} from './target.ts'

/** A way in which generated clients behave; invariants that name the same behaviour share its traces. */
export interface Behaviour {
  /** The sharing key, and part of the seed: scripts stay the same when other behaviours come or go. */
  readonly name: string
  /** The situations that it can be steered to. Each is played the same number of times. */
  readonly aims: readonly string[]
  /** Aims whose scripts restart or flood the target, and so run on an instance of their own. */
  readonly destructive?: readonly string[]
  /** Scripts that reach the situation `aim` on this target. The unhurried choice comes first in every generator. */
  script(target: Target, aim: string): Arbitrary<Script>
}
