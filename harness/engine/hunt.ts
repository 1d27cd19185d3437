import type {Invariant} from '../invariant.ts'
import type {LoadedTarget} from '../launch/load.ts'
import {Arena, type Source} from './arena.ts'
import type {Found} from './catalogue.ts'
import {mostSteps, pin} from './finding.ts'
import {compiled, withPolicy, type Host} from './host.ts'
import type {MutantRow} from './options.ts'
import {nothingSecret} from './cases.ts'
import {Playing} from './playing.ts'
import {plans} from './select.ts'
import {openSource} from './source.ts'
import type {Sighting} from './tally.ts'
import {inTurn} from './turns.ts'

/** Cases per behaviour and aim in which a mutant must be found: the budget of the `ci` profile. */
const huntRuns = 200
/** Cases at work at a time on each seed: what is in flight when the fault is found was made for nothing. */
const huntJobs = 2
/** Instances that a hunt restarts: starting more delays the first kill. */
const huntInstances = 1
/** Instances that are restarted to shrink a kill, so that its long plays need not wait for each other. */
const shrinkInstances = 3

export interface Ground {
  readonly reference: LoadedTarget
  readonly host: Host
  readonly seeds: readonly number[]
  /** A letter that is new for each time that a mutant is hunted: its server may keep the channels of the time before. */
  readonly nonce: string
  /** Hunts so that nothing is in its way: one seed after the other, few cases at a time. */
  readonly alone?: boolean
  readonly out: string
  readonly signal: AbortSignal
}

type Mutant = Invariant['mutants'][number]

/** How a seeded fault was found, one entry per seed; the fault was not found on a seed without `cases`. */
export type Kills = readonly Kill[]

interface Kill {
  readonly seed: number
  readonly cases?: number
  readonly sighting?: Sighting
  readonly kinds: readonly string[]
}

/** Looks for one seeded fault on every seed, stopping at the first kill of each. */
export async function hunt(found: Found, mutant: Mutant, ground: Ground): Promise<Kills> {
  const {seeds, alone} = ground
  const atOnce = alone ? 1 : seeds.length
  return await inTurn(seeds, atOnce, (seed) => seek(found, mutant, seed, ground))
}

/** Kills that are shrunk until one is short enough: the search is bounded, and may lose a race. */
const mostShrunk = 3

/** Shrinks the kill of the first seed, others where that stays long, and says what came of it all. */
export async function account(
  found: Found,
  mutant: Mutant,
  kills: Kills,
  ground: Ground,
): Promise<MutantRow> {
  const {invariant} = found
  const casesToKill = kills.flatMap(({cases}) => cases ?? []).toSorted((a, b) => a - b)
  const missed = ground.seeds.length - casesToKill.length
  let shrunk: {steps?: number; because?: string} | undefined
  for (const {seed, sighting} of kills.slice(0, mostShrunk)) {
    if (!sighting) continue
    shrunk = await shrink(found, mutant, sighting, seed, ground)
    if (!shrunk.because) break
  }
  const because = missed > 0 ? `not found for '${mutant.kind}' on ${missed} seeds` : shrunk?.because
  const median = casesToKill[Math.floor(casesToKill.length / 2)]
  return {
    mutant: `${invariant.id}/${mutant.name}`,
    invariant: invariant.id,
    bug: mutant.bug,
    killed: casesToKill.length,
    of: ground.seeds.length,
    ...(median !== undefined && {medianCases: median}),
    kind: mutant.kind,
    kinds: [...new Set(kills.flatMap(({kinds}) => kinds))],
    ...(shrunk?.steps !== undefined && {steps: shrunk.steps}),
    ok: because === undefined,
    ...(because !== undefined && {because}),
  }
}

/** The number of steps of a kill when it is shrunk, and why that is not good enough. */
async function shrink(
  found: Found,
  mutant: Mutant,
  sighting: Sighting,
  seed: number,
  ground: Ground,
): Promise<{steps?: number; because?: string}> {
  const nonce = `${ground.nonce}p${seed}x`
  const source = sourceOf(found, mutant, ground)
  const arena = new Arena(source, nonce, ground.signal, shrinkInstances)
  try {
    const failure = await pin(arena, found.invariant, sighting, 1, {
      seed,
      out: ground.out,
      redact: nothingSecret,
      signal: ground.signal,
      shrink: 'steps',
      ownAtOnce: shrinkInstances,
    })
    if ('instead' in failure) return {because: `not again alone: ${failure.instead}`}
    const steps = failure.script.length
    return steps > mostSteps ? {steps, because: `its script has ${steps} steps`} : {steps}
  } finally {
    await arena.stop()
  }
}

function sourceOf({invariant, file}: Found, mutant: Mutant, ground: Ground): Source {
  const key = `${invariant.id}/${mutant.name}`
  if (!mutant.ownProcess) return ground.host.source(key, ground.reference.target)
  const policy = {key, mutant: `${compiled(file)}#${mutant.name}`}
  return openSource(withPolicy(ground.reference, policy))
}

/** Plays one seed until the fault is seen for its kind; what is in flight then is ended. */
async function seek(found: Found, mutant: Mutant, seed: number, ground: Ground): Promise<Kill> {
  const {invariant} = found
  const killed = new AbortController()
  const signal = AbortSignal.any([ground.signal, killed.signal])
  const source = sourceOf(found, mutant, ground)
  const arena = new Arena(source, `${ground.nonce}${seed}x`, signal, huntInstances)
  const playing = new Playing(arena, plans([invariant]), {
    seed,
    runs: huntRuns,
    floors: false,
    jobs: ground.alone ? 1 : huntJobs,
    signal,
    enough: Infinity,
    hopeless: Infinity,
    looksAtOnce: true,
    onCase: () => {
      if (playing.tallies.get(invariant.id)?.first.has(mutant.kind)) killed.abort()
    },
  })
  try {
    await playing.all()
  } finally {
    await arena.stop()
  }
  const tally = playing.tallies.get(invariant.id)!
  const sighting = tally.first.get(mutant.kind)
  const kinds = [...tally.first.keys()]
  return {seed, kinds, ...(sighting && {cases: playing.cases, sighting})}
}
