import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {aimsOf, type Invariant} from '../invariant.ts'
import type {Source} from './arena.ts'
import {loadInvariants, loadVariants, type Found} from './catalogue.ts'
import {compiled, loadReference, openHost, withPolicy, type PolicyRef} from './host.ts'
import {account, hunt, type Ground, type Kills} from './hunt.ts'
import {refuseUnknown} from './known.ts'
import type {MutantRow, SelftestOptions, SelftestResult, SilentRow} from './options.ts'
import {isDestructive} from './playing.ts'
import {isSelected} from './select.ts'
import {silence, touches} from './silence.ts'
import {openSource} from './source.ts'
import {inTurn} from './turns.ts'

/** Hunts at a time; each has some cases in flight. Those that start servers of their own need the cores for these. */
const huntsAtOnce = 4
const ownServersAtOnce = 1
/** Kills that are shrunk at a time: much of that is waiting for quiet. */
const shrunkAtOnce = 24
/** Those that a crowd hid, at a time: almost alone. */
const againAtOnce = 4
/** Correct servers at a time. */
const silentAtOnce = 4

/** Puts the suite itself on trial: it must find every mutant for its kind, and accuse nobody who is correct. */
export async function selftest(options: SelftestOptions): Promise<SelftestResult> {
  const start = performance.now()
  const reference = await loadReference()
  const all = await loadInvariants()
  await refuseUnknown([{where: '--only ', words: options.only ?? []}], all)
  const found = all.filter(({invariant}) => isSelected(invariant.id, {only: options.only}))
  const variants = (await loadVariants()).filter(({variant}) =>
    found.some(({invariant}) => touches(variant, invariant.id)),
  )
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
    const {restarting, starting, hosted} = byNeed(mutants)
    await trial.seek(restarting, ownServersAtOnce, ground)
    const silences = inTurn(correct, silentAtOnce, (one) => {
      if (!one) return trial.silence('reference', found, openSource(reference))
      const {name, variant} = one
      const target = variant.describe?.(reference.target) ?? reference.target
      const touched = found.filter(({invariant}) => touches(variant, invariant.id))
      // What a soak publishes is more than one process can keep.
      const source = options.soakSeeds
        ? openSource({...withPolicy(reference, policyOf(one)), target})
        : host.source(name, target)
      return trial.silence(name, touched, source)
    })
    // The one is work for the harness, the other for the servers that it starts.
    const [silent] = await Promise.all([silences, trial.seek(starting, ownServersAtOnce, ground)])
    await trial.seek(hosted, huntsAtOnce, ground)
    // Shrinking plays a script again and again: beside hunts it would lose every race.
    await trial.shrink(mutants, ground)
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

interface Hunted {
  readonly one: Found
  readonly mutant: Invariant['mutants'][number]
}

/** Mutants by what their hunts need. */
interface ByNeed {
  /** An idle machine: they hit a server in the middle of a short delay. */
  readonly restarting: Hunted[]
  /** Servers of their own. */
  readonly starting: Hunted[]
  /** A listener of the host, which is there already. */
  readonly hosted: Hunted[]
}

function byNeed(mutants: readonly Hunted[]): ByNeed {
  const needs: ByNeed = {restarting: [], starting: [], hosted: []}
  for (const hunted of mutants) {
    const {one, mutant} = hunted
    const restarts = aimsOf(one.invariant).some((aim) => isDestructive(one.invariant, aim))
    needs[restarts ? 'restarting' : mutant.ownProcess ? 'starting' : 'hosted'].push(hunted)
  }
  return needs
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

  /** Tries to find fault with a correct server. */
  async silence(name: string, found: readonly Found[], source: Source): Promise<SilentRow> {
    const row = await silence(name, found, source, this.#options)
    this.#tell(name, row.findings.length > 0)
    return row
  }

  /** Hunts mutants on every seed, some at a time. */
  async seek(mutants: readonly Hunted[], atOnce: number, ground: Ground): Promise<void> {
    await inTurn(mutants, atOnce, async (hunted) => {
      this.#kills.set(hunted, await hunt(hunted.one, hunted.mutant, ground))
      this.#tell(`${hunted.one.invariant.id}/${hunted.mutant.name}`, false)
    })
  }

  /** Shrinks kills, some at a time; those that take longest begin first. */
  async shrink(mutants: readonly Hunted[], ground: Ground): Promise<void> {
    const byWork = mutants.toSorted((a, b) => this.#work(b) - this.#work(a))
    await inTurn(byWork, shrunkAtOnce, async (hunted) => {
      const row = await account(hunted.one, hunted.mutant, this.#kills.get(hunted)!, ground)
      this.#rows.set(hunted, row)
      this.#tell(row.mutant, !row.ok)
    })
  }

  /** How long shrinking may take, as a number to compare: plays are as long as the first, and as many as it has steps. */
  #work(hunted: Hunted): number {
    const first = this.#kills.get(hunted)!.find(({sighting}) => sighting)?.sighting
    return (first?.trace.at(-1)?.at ?? 0) * (first?.script.length ?? 0)
  }

  /** What became of the mutants; those that a crowded machine hid are looked for once more. */
  async found(mutants: readonly Hunted[], ground: Ground): Promise<MutantRow[]> {
    const again = {...ground, nonce: 'a', alone: true}
    const fresh = {...again, nonce: 'b'}
    const hidden = mutants.filter((hunted) => !this.#rows.get(hunted)!.ok)
    await inTurn(hidden, againAtOnce, async (hunted) => {
      if (ground.signal.aborted) return
      const {one, mutant} = hunted
      const kills = this.#kills.get(hunted)!
      const seen = kills.every(({sighting}) => sighting)
      let row = seen ? await account(one, mutant, kills, again) : undefined
      if (!row?.ok) row = await account(one, mutant, await hunt(one, mutant, fresh), fresh)
      this.#rows.set(hunted, row)
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
