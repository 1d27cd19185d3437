import {join} from 'node:path'
import {lagP99Ms, watchLag} from '../clients/lag.ts'
import {describeStart} from '../launch/normalise/start.ts'
import {Mistake} from '../mistake.ts'
import {version} from '../package.ts'
import {exitCodes, type Check, type Death, type Failure, type Report} from '../report.ts'
import {mechanismOf, type Invariant} from '../invariant.ts'
import {Arena} from './arena.ts'
import {loadCases, type Redact} from './cases.ts'
import {loadInvariants} from './catalogue.ts'
import {pin, playAlone, stopped} from './finding.ts'
import {refuseUnknown} from './known.ts'
import type {Profile, RunEvent, RunOptions} from './options.ts'
import {checkOf, runVerdict, summaryOf, type Weighing} from './outcome.ts'
import {Playing} from './playing.ts'
import {preflight, type Knocked} from './preflight.ts'
import {isSelected, notClaimed, plans} from './select.ts'
import {openSource, redactor} from './source.ts'
import type {Sighting} from './tally.ts'

const runsOf: Readonly<Record<Profile, number>> = {smoke: 20, ci: 200, deep: 5000}
/** A run ends by itself after this long, in ms, even when the target drags everything out. */
const longestOf: Readonly<Record<Profile, number>> = {
  smoke: 3 * 60_000,
  ci: 20 * 60_000,
  deep: 6 * 3_600_000,
}
/** What confirming and shrinking may take on top, in ms. */
const findingsMs = 5 * 60_000
/** Sightings per invariant after which an aim is left alone. */
const enough = 5
/** Cases of an aim that said nothing but `untried`, after which it is left alone. */
const hopeless = 12
/** Findings that are shrunk. */
const shrunk = 10

/** Points generated clients at a target and answers what was found. Throws a Mistake when the selection is empty or the target cannot be reached. */
export async function run(options: RunOptions): Promise<Report> {
  return await new Run(options).report()
}

class Run {
  readonly #options: RunOptions
  readonly #startedAt = new Date()
  readonly #start = performance.now()
  /** Ends the playing, so that what was found can still be shrunk. */
  readonly #enough = new AbortController()
  readonly #over = new AbortController()
  readonly #signal: AbortSignal
  readonly #redact: Redact
  readonly #arena: Arena
  readonly #failures = new Map<string, Failure[]>()
  readonly #unsure = new Map<string, string[]>()
  readonly #deaths: Death[] = []
  #playing: Playing | undefined
  #silent: ReadonlyMap<Knocked, string> = new Map()
  #unreachable: string | undefined
  /** Why not everything was played. */
  #cutShort: string | undefined

  constructor(options: RunOptions) {
    this.#options = options
    this.#signal = AbortSignal.any([options.signal, this.#over.signal])
    this.#redact = redactor(options.target)
    const nonce = Math.floor(Math.random() * 36 ** 4).toString(36)
    this.#arena = new Arena(openSource(options.target), `${nonce}x`, this.#signal)
  }

  async report(): Promise<Report> {
    const invariants = await this.#selected()
    const {target} = this.#options.target
    const claimed = invariants.filter((invariant) => !notClaimed(invariant, target))
    if (claimed.length === 0)
      throw new Mistake(
        `nothing to test: ${target.name} declares nothing that the selected checks need`,
        exitCodes.inconclusive,
      )
    const unwatch = watchLag(() => {})
    const {budgetMs, profile} = this.#options
    const limitMs = budgetMs ?? longestOf[profile]
    const budget = setTimeout(() => {
      this.#cutShort ??= `the time for playing, ${Math.round(limitMs / 1000)} s, was over (see --budget)`
      this.#enough.abort()
    }, limitMs)
    const longest = setTimeout(() => this.#over.abort(), limitMs + findingsMs)
    try {
      this.#tell({is: 'launching', name: target.name})
      await this.#arena.start()
      await this.#play(claimed)
    } catch (error) {
      if (!(error instanceof Mistake) || error.exitCode !== exitCodes.unreachable) throw error
      if (!this.#playing) throw error
      this.#unreachable = error.message
    } finally {
      clearTimeout(budget)
      clearTimeout(longest)
      unwatch()
      this.#over.abort()
      await this.#arena.stop()
    }
    this.#tell({is: 'done'})
    return await this.#write(invariants)
  }

  async #selected(): Promise<Invariant[]> {
    const {only = [], skip = [], mechanisms, shard, invariantsDirs, target} = this.#options
    const all = await loadInvariants(invariantsDirs)
    const waived = Object.keys(target.target.waive)
    await refuseUnknown(
      [
        {where: '--only ', words: only},
        {where: '--skip ', words: skip, planned: true},
        {where: `${target.source}: waive.`, words: waived, exact: true, planned: true},
      ],
      all,
    )
    const selected = all
      .map((found) => found.invariant)
      .filter(({id}) => isSelected(id, {only, skip, mechanisms, shard}))
    if (selected.length === 0)
      throw new Mistake('no check is selected by these flags', exitCodes.usage)
    return selected
  }

  async #play(claimed: readonly Invariant[]): Promise<void> {
    const wanted = new Set(claimed.flatMap(doors))
    this.#silent = await preflight(this.#arena, wanted)
    const able = claimed.filter((invariant) => this.#silence(invariant) === undefined)
    const {seed, runs, profile, jobs, bail} = this.#options
    const playing = new Playing(this.#arena, plans(able), {
      seed,
      runs: runs ?? runsOf[profile],
      floors: runs === undefined,
      jobs,
      signal: AbortSignal.any([this.#signal, this.#enough.signal]),
      enough,
      hopeless,
      onCase: (task, done, total) => {
        const broken = [...playing.tallies.values()].filter((tally) => tally.broken > 0).length
        if (bail !== undefined && broken >= bail) {
          this.#cutShort ??= `stopped after ${bail} findings`
          this.#enough.abort()
        }
        this.#tell({is: 'playing', behaviour: task.plan.behaviour.name, done, total, broken})
      },
    })
    this.#playing = playing
    await this.#saved(playing)
    await playing.all()
    if (this.#arena.givenUp) this.#cutShort ??= 'the target died too often'
    await this.#findings(playing)
  }

  /** Saved cases come first, as indexes -1, -2 and so on. */
  async #saved(playing: Playing): Promise<void> {
    const folder = join(this.#options.out, 'cases')
    const saved = await loadCases(folder).catch((error: unknown) => {
      if (error instanceof Mistake && error.message.includes('no such file')) return []
      throw error
    })
    for (const [place, {case: one}] of saved.entries()) {
      const tally = playing.tallies.get(one.invariant)
      if (!tally || this.#signal.aborted) continue
      const played = await playAlone(this.#arena, one.script)
      if (!('died' in played)) tally.judge(-1 - place, one.script, played.trace, this.#arena.target)
    }
  }

  async #findings(playing: Playing): Promise<void> {
    for (const tally of playing.tallies.values()) {
      for (const sighting of tally.first.values()) {
        const {id} = tally.invariant
        if (this.#signal.aborted) {
          this.#doubt(id, sighting, stopped)
          continue
        }
        this.#tell({is: 'confirming', id})
        const found = [...this.#failures.values()].flat().length
        const failure = await pin(this.#arena, tally.invariant, sighting, tally.broken, {
          seed: this.#options.seed,
          out: this.#options.out,
          redact: this.#redact,
          signal: this.#signal,
          shrink: found < shrunk ? 'all' : 'nothing',
          onTry: (steps, tried) => this.#tell({is: 'shrinking', id, steps, tried}),
        })
        if ('instead' in failure) this.#doubt(id, sighting, failure.instead)
        else this.#failures.set(id, [...(this.#failures.get(id) ?? []), failure])
      }
    }
    for (const {invariant, end} of playing.killers) {
      const failure = this.#failures.get(invariant.id)?.find((one) => one.kind === 'died')
      this.#deaths.push({
        invariant: invariant.id,
        ...(failure && {case: failure.case}),
        saw: sayEnd(end),
      })
    }
    for (const end of playing.unexplained) {
      this.#deaths.push({saw: `died under load: ${sayEnd(end)}; no script killed it again alone`})
    }
  }

  /** What was seen once and not made sure of is no finding, and no pass either. */
  #doubt(id: string, {verdict: {kind, saw}}: Sighting, instead: string): void {
    const why = `${kind}: seen once (${saw}), but ${instead}`
    this.#unsure.set(id, [...(this.#unsure.get(id) ?? []), why])
  }

  async #write(invariants: readonly Invariant[]): Promise<Report> {
    const checks = invariants.map((invariant) => this.#check(invariant))
    const {target, profile, seed, shard, strict, targetFlags} = this.#options
    const interrupted = this.#options.signal.aborted
    const because = this.#unreachable ?? this.#whyShort(interrupted)
    const log = this.#deaths.length > 0 ? await this.#arena.log() : undefined
    return {
      schema: 'pushspec.report/1',
      version,
      ...runVerdict(checks, {
        strict,
        unreachable: this.#unreachable !== undefined,
        interrupted,
        unexplainedDeaths: this.#playing?.unexplained.length ?? 0,
      }),
      target: {
        name: target.target.name,
        start: describeStart(target.start),
        claims: target.target.claims,
        ...(log && {log: this.#redact.text(log)}),
      },
      run: {
        seed,
        profile,
        ...(shard && {shard}),
        startedAt: this.#startedAt.toISOString(),
        wallMs: Math.round(performance.now() - this.#start),
        cases: this.#playing?.cases ?? 0,
        steps: this.#playing?.steps ?? 0,
        lagP99Ms: lagP99Ms(),
        ...(because !== undefined && {because}),
        targetFlags,
      },
      summary: summaryOf(checks),
      deaths: this.#deaths,
      checks,
    }
  }

  #whyShort(interrupted: boolean): string | undefined {
    return interrupted ? 'interrupted' : this.#cutShort
  }

  #check(invariant: Invariant): Check {
    const {target} = this.#options.target
    const weighing: Weighing = {
      target,
      floors: this.#options.runs === undefined,
      silent: this.#silence(invariant),
      notClaimed: notClaimed(invariant, target),
      failures: this.#failures.get(invariant.id) ?? [],
      unsure: this.#unsure.get(invariant.id) ?? [],
      interrupted: this.#unreachable ?? this.#whyShort(this.#options.signal.aborted),
    }
    return checkOf(invariant, this.#playing?.tallies.get(invariant.id), weighing)
  }

  /** Why an invariant cannot be tried at all, if so. */
  #silence(invariant: Invariant): string | undefined {
    return doors(invariant)
      .map((door) => this.#silent.get(door))
      .find((because) => because !== undefined)
  }

  #tell(event: RunEvent): void {
    this.#options.onEvent?.(event)
  }
}

/** What an invariant cannot do without. */
function doors({id, needs}: Invariant): Knocked[] {
  return [mechanismOf(id), ...(needs.includes('publish') ? ['publish' as const] : [])]
}

function sayEnd(end: {code?: number; signal?: string}): string {
  return end.signal ? `ended by ${end.signal}` : `ended with code ${end.code ?? '?'}`
}
