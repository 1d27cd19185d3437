/**
 * The suite as vitest tests: one test per invariant, registered with the user's own copy of vitest.
 * Entry `pushspec/vitest`.
 */
import {afterAll, beforeAll, describe, test} from 'vitest'
import {terminalFailure} from './reporters/failure.ts'
import {loadInvariants} from './engine/catalogue.ts'
import type {Profile} from './engine/options.ts'
import {run} from './engine/run.ts'
import {isSelected, notClaimed} from './engine/select.ts'
import {load} from './launch/load.ts'
import type {Check, Report} from './report.ts'
import type {Mechanism} from './target.ts'

/** What `conformance` tests, and how much. */
export interface ConformanceOptions {
  /** A description's file, or the name of a shipped one. */
  readonly target?: string
  /** Where it runs, or all that is known of it. */
  readonly url?: string
  readonly mechanisms?: readonly Mechanism[]
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  /** Default smoke. */
  readonly profile?: Profile
  readonly seed?: number
  /** Folder of report and cases, default `.pushspec`. */
  readonly out?: string
}
void [afterAll, beforeAll, describe, test, terminalFailure, loadInvariants, run, isSelected, notClaimed, load]
export type {Check, Report}
