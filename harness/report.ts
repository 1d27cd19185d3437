import type {Citation, Level} from './invariant.ts'
import type {Script} from './script/script.ts'
import type {Claims, Mechanism, Target} from './target.ts'
import type {Fact, Trace} from './trace.ts'
import type {Broken} from './verdict.ts'

/** How one check ended. */
export type CheckVerdict =
  | 'pass'
  | 'fail'
  | 'known'
  | 'stale'
  | 'inconclusive'
  | 'not-claimed'
  | 'waived'

/** One way in which a check failed: one block per fingerprint. */
export interface Failure {
  readonly kind: string
  readonly level: Level
  /** Id, kind and shape of the shortest script. */
  readonly fingerprint: string
  /** Fails k of n replays. */
  readonly rate: readonly [k: number, n: number]
  /** Index of the case that found it. */
  readonly foundAt: number
  /** How many cases broke the rule in this way, and the number of steps before shrinking. */
  readonly sightings: number
  readonly stepsBefore: number
  readonly script: Script
  readonly expected: string
  readonly saw: string
  /** The proving facts. */
  readonly at: readonly Fact[]
  /** The whole trace of the shrunk script, for the timeline. */
  readonly trace: Trace
  /** Path of the case file below the output folder. */
  readonly case: string
}

export interface Check {
  readonly id: string
  readonly level: Level
  readonly mechanism: Mechanism
  readonly claim: string
  readonly cites: readonly Citation[]
  readonly verdict: CheckVerdict
  readonly because?: string
  readonly notes: readonly string[]
  /** Cases judged, and time spent on them, in ms. */
  readonly runs: number
  readonly ms: number
  readonly cover: Readonly<Record<string, {readonly seen: number; readonly floor: number}>>
  readonly failures: readonly Failure[]
}

export type RunVerdict =
  | 'pass'
  | 'fail'
  | 'inconclusive'
  | 'unreachable'
  | 'stale'
  | 'error'
  | 'interrupted'

/** What a run found; `report.json` is this (schema `pushspec.report/1`, additive only). */
export interface Report {
  readonly schema: 'pushspec.report/1'
  readonly version: string
  readonly verdict: RunVerdict
  readonly exitCode: number
  readonly target: {
    readonly name: string
    readonly start: string
    readonly claims: Claims
    readonly log?: string
  }
  readonly run: {
    readonly seed: number
    readonly profile: string
    readonly shard?: readonly [number, number]
    readonly startedAt: string
    readonly wallMs: number
    readonly cases: number
    readonly steps: number
    readonly lagP99Ms: number
    /** Why the run ended early or could not begin, in a sentence for the user. */
    readonly because?: string
    /** How to give replay the same target: the flags. */
    readonly targetFlags: string
  }
  readonly summary: {
    readonly passed: number
    readonly failed: number
    readonly known: number
    readonly stale: number
    readonly inconclusive: number
    readonly notClaimed: number
    readonly waived: number
  }
  readonly deaths: readonly Death[]
  readonly checks: readonly Check[]
}

/** The target's process ended by itself. */
export interface Death {
  readonly invariant?: string
  readonly case?: string
  readonly saw: string
}

/** The record of truth of one finding: replay needs nothing else. */
export interface Case {
  readonly schema: 'pushspec.case/1'
  readonly invariant: string
  readonly target: Target
  readonly seed: number
  readonly index: number
  readonly script: Script
  readonly trace: Trace
  readonly verdict: Broken
  readonly versions: {readonly pushspec: string; readonly node: string}
}

/** Exit codes of every command (design: commands). */
export const exitCodes = {
  expected: 0,
  failure: 1,
  usage: 2,
  unreachable: 3,
  stale: 4,
  inconclusive: 5,
  harness: 6,
  interrupted: 130,
} as const
