import fc from 'fast-check'
import {join} from 'node:path'
import {mechanismOf, type Invariant, type Variant} from '../invariant.ts'
import type {Target} from '../target.ts'
import {Arena, type Source} from './arena.ts'
import {nothingSecret} from './cases.ts'
import type {Found} from './catalogue.ts'
import {pin} from './finding.ts'
import {brokenOnPrefix} from './laws.ts'
import type {SelftestOptions, SilentRow} from './options.ts'
import {Playing} from './playing.ts'
import {notClaimed, plans, type Plan} from './select.ts'

/** Cases per behaviour and aim on a server that must not be accused: the budget of the `smoke` profile. */
const silentRuns = 20
/** So many as a share of these are subsequences. */
const partShare = 1 / 4
/** Cases per behaviour and aim and seed of a soak: the budget of the `ci` profile. */
const ciRuns = 200

/** Plays everything on a correct server, subsequences too, and answers every accusation. */
export async function silence(
  name: string,
  found: readonly Found[],
  source: Source,
  options: SelftestOptions,
): Promise<SilentRow> {
  const findings: SilentRow['findings'][number][] = []
  let cases = 0
  const rounds = roundsOf(plans(claimedBy(found, source.target)), options)
  for (const [index, round] of rounds.entries()) {
    if (options.signal.aborted) break
    const nonce = `${name.replace(/[^a-z0-9]/g, '').slice(0, 8)}${index}s`
    const arena = new Arena(source, nonce, options.signal)
    try {
      await arena.start()
      const silent = await play(arena, round, options.signal)
      cases += silent.cases
      findings.push(...silent.findings)
    } finally {
      await arena.stop()
    }
  }
  return {name, cases, findings}
}

/** What a correct server is tried with at a time. */
interface Round {
  readonly plans: readonly Plan[]
  readonly runs: number
  readonly seed: number
}

/** What a server that must not be accused is tried with: scripts, and random parts of them. */
function roundsOf(whole: readonly Plan[], options: SelftestOptions): Round[] {
  const {seed, quick, soakSeeds = 0, soakRuns = ciRuns} = options
  const parts = whole.map(inParts)
  if (soakSeeds > 0) {
    return Array.from({length: soakSeeds}, (_, step) => [
      {plans: whole, runs: soakRuns, seed: seed + step},
      {plans: parts, runs: Math.ceil(soakRuns * partShare), seed: seed + step},
    ]).flat()
  }
  const scripts = {plans: whole, runs: silentRuns, seed}
  return quick ? [scripts] : [scripts, {plans: parts, runs: silentRuns * partShare, seed}]
}

async function play(
  arena: Arena,
  {plans: played, runs, seed}: Round,
  signal: AbortSignal,
): Promise<Omit<SilentRow, 'name'>> {
  const onPrefix: SilentRow['findings'][number][] = []
  const playing = new Playing(arena, played, {
    seed,
    runs,
    floors: false,
    jobs: 16,
    signal,
    enough: 3,
    hopeless: 12,
    onTrace: ({plan, index}, trace) => {
      const broken = brokenOnPrefix(plan.invariants, trace, arena.target, index)
      if (broken) onPrefix.push(broken)
    },
  })
  await playing.all()
  const accusations = await accusationsOf(arena, playing, seed, signal)
  return {cases: playing.cases, findings: [...onPrefix, ...accusations]}
}

async function accusationsOf(
  arena: Arena,
  playing: Playing,
  seed: number,
  signal: AbortSignal,
): Promise<SilentRow['findings'][number][]> {
  const all: SilentRow['findings'][number][] = []
  for (const tally of playing.tallies.values()) {
    for (const sighting of tally.first.values()) {
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

function claimedBy(found: readonly Found[], target: Target): Invariant[] {
  return found.map(({invariant}) => invariant).filter((invariant) => !notClaimed(invariant, target))
}

/** Whether a variant can change anything for a mechanism: what it does not touch is the reference. */
export function touches({policy}: Variant, id: string): boolean {
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
