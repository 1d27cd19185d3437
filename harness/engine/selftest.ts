import fc from 'fast-check'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {aimsOf, mechanismOf, type Invariant, type Variant} from '../invariant.ts'
import type {Target} from '../target.ts'
import {Arena, type Source} from './arena.ts'
import {loadInvariants, loadVariants, type Found} from './catalogue.ts'
import {pin} from './finding.ts'
import {compiled, loadReference, openHost, withPolicy, type PolicyRef} from './host.ts'
import {account, hunt, type Ground, type Kills} from './hunt.ts'
import type {MutantRow, SelftestOptions, SelftestResult, SilentRow} from './options.ts'
import {nothingSecret} from './cases.ts'
import {Playing, isDestructive} from './playing.ts'
import {brokenOnPrefix} from './laws.ts'
import {inTurn} from './turns.ts'
import {isSelected, notClaimed, plans, type Plan} from './select.ts'
import {openSource} from './source.ts'

/** Cases per behaviour and aim on a server that must not be accused, and of subsequences of them. */
const silentRuns = 20
const partRuns = 6
/** Cases per behaviour and aim and seed of a soak: the budget of the `ci` profile. */
const ciRuns = 200
/** Hunts at a time; each has some cases in flight. Those that start servers of their own need the cores for these. */
const huntsAtOnce = 6
const ownServersAtOnce = 1
/** Kills that are shrunk at a time: most of that is waiting for quiet. */
const shrunkAtOnce = 48
const slowShrunkAtOnce = 4
/** Correct servers at a time. */
const silentAtOnce = 4
/** Hunts at a time of what the crowd hid: almost alone, since such a hunt is mostly waiting. */
const againAtOnce = 4

/** Puts the suite itself on trial: it must find every mutant for its kind, and accuse nobody who is correct. */
export async function selftest(options: SelftestOptions): Promise<SelftestResult> {
  const start = performance.now()
  const reference = await loadReference()
  const found = (await loadInvariants()).filter(({invariant}) =>
    isSelected(invariant.id, {only: options.only}),
  )
  const variants = await loadVariants()
  const out = await mkdtemp(join(tmpdir(), 'pushspec-selftest-'))
  const count = options.soakSeeds ?? (options.quick ? 1 : 5)
  const seeds = Array.from({length: count}, (_, step) => options.seed + step)
  const policyOf = ({name, file}: (typeof variants)[number]): PolicyRef => ({
    key: name,
    variant: compiled(file),
  })
  const host = await openHost(
    reference,
    options.soakSeeds ? [] : [...variants.map(policyOf), ...found.flatMap(policiesOf)],
  )
  try {
    const mutants = options.soakSeeds
      ? []
      : found.flatMap((one) => one.invariant.mutants.map((mutant) => ({one, mutant})))
    const trial = new Trial(options, 1 + variants.length + 2 * mutants.length)
    const ground = {reference, host, seeds, nonce: 'h', out, signal: options.signal}
    const correct = [undefined, ...variants]
    const silences = inTurn(correct, silentAtOnce, (one) => {
      if (!one) return trial.silence('reference', openSource(reference), found)
      const {name, variant} = one
      const target = variant.describe?.(reference.target) ?? reference.target
      const touched = found.filter(({invariant}) => touches(variant, invariant.id))
      // What a soak publishes is more than one process can keep.
      const source = options.soakSeeds
        ? openSource({...withPolicy(reference, policyOf(one)), target})
        : host.source(name, target)
      return trial.silence(name, source, touched)
    })
    // The one is work for the harness, the other for the servers that it starts.
    const slow = mutants.filter(ownServers)
    const calm = mutants.filter((hunted) => !ownServers(hunted))
    const seekSlow = async (): Promise<void> => {
      await trial.seek(slow, ownServersAtOnce, ground)
      await trial.account(slow, slowShrunkAtOnce, ground)
    }
    const [silent] = await Promise.all([silences, seekSlow()])
    await trial.seek(calm, huntsAtOnce, ground)
    // Shrinking plays a script again and again: beside hunts it would lose every race.
    await trial.account(calm, shrunkAtOnce, ground)
    const rows = await trial.found(mutants, ground)
    options.onEvent?.({is: 'done'})
    const interrupted = options.signal.aborted
    const accused = silent.some((row) => row.findings.length > 0)
    const ok = !interrupted && !accused && rows.every((row) => row.ok)
    return {rows, silent, seeds, wallMs: Math.round(performance.now() - start), interrupted, ok}
  } finally {
    await host.stop()
    await rm(out, {recursive: true, force: true})
  }
}

function policiesOf({invariant, file}: Found): PolicyRef[] {
  return invariant.mutants
    .filter((mutant) => !mutant.ownProcess)
    .map(({name}) => ({key: `${invariant.id}/${name}`, mutant: `${compiled(file)}#${name}`}))
}

/** What a correct server is tried with at a time. */
interface Round {
  readonly plans: readonly Plan[]
  readonly runs: number
  readonly seed: number
}

interface Hunted {
  readonly one: Found
  readonly mutant: Invariant['mutants'][number]
}

/** Whether the hunt starts servers of its own. */
function ownServers({one: {invariant}, mutant}: Hunted): boolean {
  return (
    mutant.ownProcess === true || aimsOf(invariant).some((aim) => isDestructive(invariant, aim))
  )
}

class Trial {
  readonly #options: SelftestOptions
  readonly #total: number
  readonly #kills = new Map<Hunted, Kills>()
  readonly #rows = new Map<Hunted, MutantRow>()
  #done = 0
  #broken = 0

  constructor(options: SelftestOptions, total: number) {
    this.#options = options
    this.#total = total
  }

  /** Plays everything on a correct server, subsequences too, and answers every accusation. */
  async silence(name: string, source: Source, found: readonly Found[]): Promise<SilentRow> {
    const rounds = this.#rounds(plans(claimedBy(found, source.target)))
    const findings: SilentRow['findings'][number][] = []
    let cases = 0
    for (const [index, round] of rounds.entries()) {
      if (this.#options.signal.aborted) break
      const nonce = `${name.replace(/[^a-z0-9]/g, '').slice(0, 8)}${index}s`
      const arena = new Arena(source, nonce, this.#options.signal)
      try {
        await arena.start()
        const silent = await this.#round(arena, round)
        cases += silent.cases
        findings.push(...silent.findings)
      } finally {
        await arena.stop()
      }
    }
    this.#tell(name, findings.length > 0)
    return {name, cases, findings}
  }

  async #round(arena: Arena, {plans, runs, seed}: Round): Promise<Omit<SilentRow, 'name'>> {
    const {signal} = this.#options
    const findings: SilentRow['findings'][number][] = []
    const playing = new Playing(arena, plans, {
      seed,
      runs,
      floors: false,
      jobs: 16,
      signal,
      enough: 3,
      hopeless: 12,
      onTrace: ({plan, index}, trace) => {
        const broken = brokenOnPrefix(plan.invariants, trace, arena.target, index)
        if (broken) findings.push(broken)
      },
    })
    await playing.all()
    return {
      cases: playing.cases,
      findings: [...findings, ...(await this.#accusations(arena, playing))],
    }
  }

  /** What a server that must not be accused is tried with: scripts, and random parts of them. */
  #rounds(whole: readonly Plan[]): Round[] {
    const {seed, quick, soakSeeds = 0, soakRuns = ciRuns} = this.#options
    const parts = whole.map(inParts)
    if (soakSeeds > 0) {
      return Array.from({length: soakSeeds}, (_, step) => [
        {plans: whole, runs: soakRuns, seed: seed + step},
        {plans: parts, runs: Math.ceil(soakRuns / 4), seed: seed + step},
      ]).flat()
    }
    const scripts = {plans: whole, runs: silentRuns, seed}
    return quick ? [scripts] : [scripts, {plans: parts, runs: partRuns, seed}]
  }

  async #accusations(arena: Arena, playing: Playing): Promise<SilentRow['findings'][number][]> {
    const all: SilentRow['findings'][number][] = []
    for (const tally of playing.tallies.values()) {
      for (const sighting of tally.first.values()) {
        const {signal, seed} = this.#options
        const failure = await pin(arena, tally.invariant, sighting, tally.broken, {
          seed,
          out: join('.pushspec', 'selftest'),
          redact: nothingSecret,
          signal,
          shrink: 'all',
        })
        if ('instead' in failure) continue
        const {kind, expected, saw, case: file} = failure
        all.push({invariant: tally.invariant.id, kind, expected, saw, case: file})
      }
    }
    for (const end of playing.unexplained)
      all.push({invariant: 'none', kind: 'died', expected: 'it lives', saw: JSON.stringify(end)})
    return all
  }

  /** Hunts mutants on every seed, some at a time. */
  async seek(mutants: readonly Hunted[], atOnce: number, ground: Ground): Promise<void> {
    await inTurn(mutants, atOnce, async (hunted) => {
      this.#kills.set(hunted, await hunt(hunted.one, hunted.mutant, ground))
      this.#tell(`${hunted.one.invariant.id}/${hunted.mutant.name}`, false)
    })
  }

  /** Shrinks kills, some at a time. */
  async account(mutants: readonly Hunted[], atOnce: number, ground: Ground): Promise<void> {
    await inTurn(mutants, atOnce, async (hunted) => {
      const row = await account(hunted.one, hunted.mutant, this.#kills.get(hunted)!, ground)
      this.#rows.set(hunted, row)
      this.#tell(row.mutant, !row.ok)
    })
  }

  /** What became of the mutants; those that a crowded machine hid are hunted once more. */
  async found(mutants: readonly Hunted[], ground: Ground): Promise<MutantRow[]> {
    const again = {...ground, nonce: 'a', alone: true}
    const hidden = mutants.filter((hunted) => !this.#rows.get(hunted)!.ok)
    await inTurn(hidden, againAtOnce, async (hunted) => {
      if (ground.signal.aborted) return
      const {one, mutant} = hunted
      this.#rows.set(hunted, await account(one, mutant, await hunt(one, mutant, again), again))
    })
    return mutants.map((hunted) => this.#rows.get(hunted)!)
  }

  #tell(behaviour: string, broken: boolean): void {
    this.#done++
    if (broken) this.#broken++
    const {onEvent} = this.#options
    onEvent?.({
      is: 'playing',
      behaviour,
      done: this.#done,
      total: this.#total,
      broken: this.#broken,
    })
  }
}

function claimedBy(found: readonly Found[], target: Target): Invariant[] {
  return found.map(({invariant}) => invariant).filter((invariant) => !notClaimed(invariant, target))
}

/** Whether a variant can change anything for a mechanism: what it does not touch is the reference. */
function touches({policy}: Variant, id: string): boolean {
  const parts = Object.keys(policy)
  return parts.includes('log') || parts.includes('http') || parts.includes(mechanismOf(id))
}

/** The same behaviour, a random part of whose steps is left out: judges must be right about every script. */
function inParts(plan: Plan): Plan {
  const {behaviour} = plan
  return {
    ...plan,
    behaviour: {
      ...behaviour,
      name: `${behaviour.name} in parts`,
      script: (target, aim) =>
        behaviour.script(target, aim).chain((script) => fc.subarray([...script])),
    },
  }
}
