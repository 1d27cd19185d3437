/**
 * The suite as vitest tests: one test per invariant, registered with the user's own copy of vitest.
 * Entry `pushspec/vitest`.
 */
import {describe, test} from 'vitest'
import {loadInvariants} from './engine/catalogue.ts'
import {checkConformance} from './engine/conformance.ts'
import {refuseUnknown} from './engine/known.ts'
import type {Profile} from './engine/options.ts'
import {run} from './engine/run.ts'
import {isSelected, notClaimed} from './engine/select.ts'
import {mechanismOf, type Invariant} from './invariant.ts'
import {load, type LoadedTarget} from './launch/load.ts'
import {Mistake} from './mistake.ts'
import {exitCodes, type Check} from './report.ts'
import {plainFailures} from './reporters/failure.ts'
import type {Mechanism} from './target.ts'

/** What `conformance` tests, and how much. */
export interface ConformanceOptions {
  /** A description's file, or the name of a shipped one; default pushspec.config.* in the current folder. */
  readonly target?: string
  /** Where the target runs; alone it is all that is known of it. */
  readonly url?: string
  readonly mechanisms?: readonly Mechanism[]
  /** Globs over ids. */
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  /** Folders with invariants of your own. */
  readonly invariants?: readonly string[]
  /** Default smoke. */
  readonly profile?: Profile
  /** Default 1. */
  readonly seed?: number
  /** Folder for case files, default `.pushspec`. */
  readonly out?: string
}

/** What a test may take, in ms: limits of the engine end it long before. */
const testMs = 30 * 60_000

/**
 * Registers one test per selected invariant, grouped by mechanism. A behaviour is played when the
 * first of its tests runs, and for all of them. A check that the target does not claim is skipped
 * with the reason; one that could not be tried fails. Throws a Mistake on wrong
 * options, on ids that name no check, and on a broken description.
 */
export async function conformance(options: ConformanceOptions = {}): Promise<void> {
  checkConformance(options)
  const {only = [], skip = [], mechanisms, target, url, invariants: dirs = []} = options
  const loaded = await load({
    cwd: process.cwd(),
    env: process.env,
    ...(target !== undefined && {target}),
    ...(url !== undefined && {url}),
  })
  const all = await loadInvariants(dirs)
  await refuseUnknown(
    [
      {where: 'conformance: only: ', words: only},
      {where: 'conformance: skip: ', words: skip, planned: true},
    ],
    all,
  )
  const selected = all
    .map(({invariant}) => invariant)
    .filter(({id}) => isSelected(id, {only, skip, mechanisms}))
  if (selected.length === 0)
    throw new Mistake('conformance: no check is selected by these options', exitCodes.usage)
  const session = new Session(loaded, selected, options)
  for (const mechanism of new Set(selected.map(({id}) => mechanismOf(id)))) {
    describe(`${loaded.target.name} ${mechanism}`, () => {
      for (const invariant of selected.filter(({id}) => mechanismOf(id) === mechanism)) {
        test(invariant.id, {timeout: testMs}, async (context) => {
          const unclaimed = notClaimed(invariant, loaded.target)
          if (unclaimed) return context.skip(unclaimed)
          const {verdict, because = '', ...check} = await session.check(invariant, context.signal)
          if (verdict === 'waived') return context.skip(`waived: ${because}`)
          if (verdict === 'fail')
            throw new Error(plainFailures({...check, verdict}, flagsOf(options)))
          if (verdict !== 'pass') throw new Error(`${verdict}: ${because}`)
        })
      }
    })
  }
}

/** Plays each behaviour once, when the first of its invariants is asked for. */
class Session {
  readonly #loaded: LoadedTarget
  readonly #selected: readonly Invariant[]
  readonly #options: ConformanceOptions
  readonly #played = new Map<string, Promise<readonly Check[]>>()

  constructor(loaded: LoadedTarget, selected: readonly Invariant[], options: ConformanceOptions) {
    this.#loaded = loaded
    this.#selected = selected
    this.#options = options
  }

  async check(invariant: Invariant, signal: AbortSignal): Promise<Check> {
    const {name} = invariant.behaviour
    let played = this.#played.get(name)
    if (!played) this.#played.set(name, (played = this.#play(name, signal)))
    const check = (await played).find(({id}) => id === invariant.id)
    if (!check) throw new Error(`${invariant.id} was not judged`)
    return check
  }

  async #play(name: string, signal: AbortSignal): Promise<readonly Check[]> {
    const {profile = 'smoke', seed = 1, out = '.pushspec', invariants = []} = this.#options
    const report = await run({
      target: this.#loaded,
      only: this.#selected.filter(({behaviour}) => behaviour.name === name).map(({id}) => id),
      profile,
      seed,
      out,
      signal,
      jobs: 32,
      strict: false,
      invariantsDirs: invariants,
      targetFlags: flagsOf(this.#options),
    })
    return report.checks
  }
}

/** The flags that give replay the same target. */
function flagsOf({target, url}: ConformanceOptions): string {
  return [url, target === undefined ? undefined : `--target ${target}`].filter(Boolean).join(' ')
}
