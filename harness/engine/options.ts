import type {LoadedTarget} from '../launch/load.ts'
import type {Case} from '../report.ts'
import type {Mechanism} from '../target.ts'
import type {Verdict} from '../verdict.ts'

/** How much is tried: smoke 20, ci 200, deep 5,000 cases per behaviour and aim (design: profiles). */
export type Profile = 'smoke' | 'ci' | 'deep'

export const profiles: readonly Profile[] = ['smoke', 'ci', 'deep']

/** What one run is asked to do. */
export interface RunOptions {
  readonly target: LoadedTarget
  /** Globs over ids; `*` crosses dots. Absent = every invariant. */
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  readonly mechanisms?: readonly Mechanism[]
  readonly profile: Profile
  readonly seed: number
  /** Cases per behaviour and aim instead of the profile's; floors of cover are off then. */
  readonly runs?: number
  /** Time for playing, in ms. */
  readonly budgetMs?: number
  /** Cases at work at a time. */
  readonly jobs: number
  /** Part i of n, from 1. */
  readonly shard?: readonly [number, number]
  /** Stop after this many findings. */
  readonly bail?: number
  /** Folders with fixtures of the user's own. */
  readonly invariantsDirs: readonly string[]
  /** SHOULD gates too. */
  readonly strict: boolean
  /** Output folder; `cases/` is written below it. */
  readonly out: string
  /** Aborts the run; it then answers a partial report with the verdict `interrupted`. */
  readonly signal: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
  /** How to give replay the same target: the flags. */
  readonly targetFlags: string
}

/** What a run is at. `done` and `total` count cases of the whole run, `broken` the checks that broke. */
export type RunEvent =
  | {readonly is: 'launching'; readonly name: string}
  | {
      readonly is: 'playing'
      readonly behaviour: string
      readonly done: number
      readonly total: number
      readonly broken: number
    }
  | {readonly is: 'confirming'; readonly id: string}
  | {readonly is: 'shrinking'; readonly id: string; readonly steps: number; readonly tried: number}
  | {readonly is: 'replaying'; readonly id: string}
  | {readonly is: 'done'}

/** Saved cases that are to be played again, each `times` times. */
export interface ReplayOptions {
  readonly cases: readonly Case[]
  readonly target: LoadedTarget
  readonly times: number
  /** Folders with fixtures of the user's own. */
  readonly invariantsDirs?: readonly string[]
  readonly signal: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
}

/** How one saved case fared: it failed in `failed` of `of` replays. */
export interface ReplayResult {
  readonly case: Case
  readonly failed: number
  readonly of: number
  /** One verdict per replay. */
  readonly verdicts: readonly Verdict[]
}

/** What a self-test is asked to do. */
export interface SelftestOptions {
  /** One seed instead of five, and no variants' subsequences. */
  readonly quick: boolean
  /** No hunts; correct servers on so many seeds. */
  readonly soakSeeds?: number
  /** Cases per behaviour, aim and seed of a soak; default: those of the `ci` profile. */
  readonly soakRuns?: number
  /** Globs over ids; absent = every invariant. */
  readonly only?: readonly string[]
  readonly seed: number
  readonly signal: AbortSignal
  readonly onEvent?: (event: RunEvent) => void
}

/** How one seeded fault fared: one row of the kill matrix. */
export interface MutantRow {
  /** Public name, `<id>/<name>`. */
  readonly mutant: string
  readonly invariant: string
  /** The fault in one line. */
  readonly bug: string
  /** Killed on so many of so many seeds. */
  readonly killed: number
  readonly of: number
  /** Median number of cases to the kill; absent when it never was killed. */
  readonly medianCases?: number
  /** The kind that proves the kill to be for the right reason, and the kinds that were seen. */
  readonly kind: string
  readonly kinds: readonly string[]
  /** Steps of the shrunk script on the first seed. */
  readonly steps?: number
  readonly ok: boolean
  /** Why it is not ok, in a sentence. */
  readonly because?: string
}

/** How silent the suite was on one correct server. */
export interface SilentRow {
  /** `reference`, or the name of a variant. */
  readonly name: string
  /** Cases judged. */
  readonly cases: number
  /** Every accusation, which is a fault of the suite. */
  readonly findings: readonly {
    readonly invariant: string
    readonly kind: string
    readonly expected: string
    readonly saw: string
    /** Path of the case file. */
    readonly case?: string
  }[]
}

/** What a self-test found. */
export interface SelftestResult {
  readonly rows: readonly MutantRow[]
  readonly silent: readonly SilentRow[]
  readonly seeds: readonly number[]
  readonly wallMs: number
  /** It was stopped: who is silent was silent so far, and who was not found may not have been hunted. */
  readonly interrupted: boolean
  /** Everything was tried, every mutant was killed for its kind, and nobody correct was accused. */
  readonly ok: boolean
}
