import type {Invariant} from '../invariant.ts'
import type {LoadedTarget} from '../launch/load.ts'
import {Arena, type Source} from './arena.ts'
import type {Found} from './catalogue.ts'
import {pin} from './finding.ts'
import {compiled, withPolicy, type Host} from './host.ts'
import type {MutantRow} from './options.ts'
import {nothingSecret} from './cases.ts'
import {Playing} from './playing.ts'
import {plans} from './select.ts'
import {openSource} from './source.ts'
import type {Sighting} from './tally.ts'

/** Cases per behaviour and aim in which a mutant must be found: the budget of the `ci` profile. */
const huntRuns = 200
/** Steps of a shrunk kill at the most. */
const mostSteps = 8

export interface Ground {
  readonly reference: LoadedTarget
  readonly host: Host
  readonly seeds: readonly number[]
  readonly out: string
  readonly signal: AbortSignal
}

type Mutant = Invariant['mutants'][number]

/** Looks for one seeded fault on every seed, stopping at the first kill; the first kill is also shrunk. */
export async function hunt(found: Found, mutant: Mutant, ground: Ground): Promise<MutantRow> {
  const {invariant} = found
  const name = `${invariant.id}/${mutant.name}`
  const casesToKill: number[] = []
  const kinds = new Set<string>()
  let steps: number | undefined
  let because: string | undefined
  for (const [turn, seed] of ground.seeds.entries()) {
    if (ground.signal.aborted) break
    const arena = new Arena(sourceOf(found, mutant, ground), `h${turn}`, ground.signal)
    try {
      await arena.start()
      const kill = await seek(arena, invariant, mutant.kind, seed, ground.signal)
      for (const kind of kill.kinds) kinds.add(kind)
      if (kill.cases === undefined || !kill.sighting) continue
      casesToKill.push(kill.cases)
      if (turn > 0) continue
      const failure = await pin(arena, invariant, kill.sighting, 1, {
        seed,
        out: ground.out,
        redact: nothingSecret,
        signal: ground.signal,
        shrink: true,
      })
      steps = failure?.script.length
      if (!failure) because = 'the kill could not be repeated alone'
      else if (failure.script.length > mostSteps) because = `its script has ${steps} steps`
    } finally {
      await arena.stop()
    }
  }
  if (casesToKill.length < ground.seeds.length)
    because = `not found for '${mutant.kind}' on ${ground.seeds.length - casesToKill.length} seeds`
  const median = casesToKill.toSorted((a, b) => a - b)[Math.floor(casesToKill.length / 2)]
  return {
    mutant: name,
    invariant: invariant.id,
    bug: mutant.bug,
    killed: casesToKill.length,
    of: ground.seeds.length,
    ...(median !== undefined && {medianCases: median}),
    kind: mutant.kind,
    kinds: [...kinds],
    ...(steps !== undefined && {steps}),
    ok: because === undefined,
    ...(because !== undefined && {because}),
  }
}

function sourceOf({invariant, file}: Found, mutant: Mutant, ground: Ground): Source {
  const key = `${invariant.id}/${mutant.name}`
  if (!mutant.ownProcess) return ground.host.source(key, ground.reference.target)
  const policy = {key, mutant: `${compiled(file)}#${mutant.name}`}
  return openSource(withPolicy(ground.reference, policy))
}

async function seek(
  arena: Arena,
  invariant: Invariant,
  kind: string,
  seed: number,
  signal: AbortSignal,
): Promise<{cases?: number; sighting?: Sighting; kinds: string[]}> {
  const found = new AbortController()
  const playing = new Playing(arena, plans([invariant]), {
    seed,
    runs: huntRuns,
    floors: false,
    jobs: 4,
    signal: AbortSignal.any([signal, found.signal]),
    enough: Infinity,
    onCase: () => {
      if (playing.tallies.get(invariant.id)?.first.has(kind)) found.abort()
    },
  })
  await playing.all()
  const tally = playing.tallies.get(invariant.id)!
  const sighting = tally.first.get(kind)
  const kinds = [...tally.first.keys()]
  return sighting ? {cases: playing.cases, sighting, kinds} : {kinds}
}
