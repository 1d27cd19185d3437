import type {Invariant, Level} from '../invariant.ts'
import type {Case, Failure} from '../report.ts'
import type {Script} from '../script/script.ts'
import type {Trace} from '../trace.ts'
import type {Broken} from '../verdict.ts'
import {version} from '../package.ts'
import type {Arena} from './arena.ts'
import {fingerprint, saveCase, type Redact} from './cases.ts'
import {minimise} from './minimise.ts'
import type {Sighting} from './tally.ts'

/** How a finding is made sure of and made small. */
export interface Care {
  readonly seed: number
  readonly out: string
  readonly redact: Redact
  readonly signal: AbortSignal
  /** What is made smaller: steps and values, steps alone, or nothing (beyond the first findings of a run). */
  readonly shrink: 'all' | 'steps' | 'nothing'
  /** Plays at a time of a script that restarts its target: each is alone with its instance; default 1. */
  readonly ownAtOnce?: number
  readonly onTry?: (steps: number, tried: number) => void
}

const replays = 10
/** An upper bound of time must be passed this often of as many; and no rate stands on fewer. */
const leastReplays = 3
/** Replays that take longer than this together, in ms, are not made up to ten. */
const replaysMs = 15_000
const doubtfulLagMs = 50
const shrinkRuns = 400
const shrinkMs = 15_000
/** Where only the number of steps counts, the search may take longer and stops at so few. */
const stepsMs = 25_000
const enoughSteps = 6
/** Steps of a shrunk kill at the most: where one play comes after the other, which takes long, the search stops there. */
export const mostSteps = 8
const parallel = 8
/** Where only the number of steps counts, most of the search is waiting for quiet. */
const stepsParallel = 16

/** One play of a script, judged: the trace, what broke in the way that is looked for, or what was said instead. */
interface Trial {
  readonly trace: Trace
  readonly verdict?: Broken
  readonly instead?: string
}

/** What is said instead of a trial that the end of the run cut off. */
export const stopped = 'not tried again: the run was stopped'
const isStopped = ({instead}: Trial): boolean => instead === stopped

/** A finding that did not come again when it was looked for alone. */
export interface NotAgain {
  readonly instead: string
}

function notAgain(trials: readonly Trial[]): NotAgain {
  const said = trials.map(({instead}) => instead ?? 'seen again')
  const counts = [...new Set(said)].map(
    (what) => `${what} (${said.filter((other) => other === what).length} of ${said.length})`,
  )
  return {instead: `alone ${counts.join('; ')}`}
}

/**
 * Confirms a sighting alone, shrinks it, replays it ten times, and writes its case file.
 * Answers what was seen instead when an upper bound of time was not passed again three times of three, or when
 * what was seen while the harness itself stood still never came again: then nothing can be said
 * (design: time).
 */
export async function pin(
  arena: Arena,
  invariant: Invariant,
  sighting: Sighting,
  sightings: number,
  care: Care,
): Promise<Failure | NotAgain> {
  const {kind} = sighting.verdict
  const timed = sighting.verdict.timed === true
  // A death ends the cases beside it as well.
  const alone = timed || sighting.verdict.alone === true || kind === 'died'
  const aloneAtOnce = restarts(sighting.script) ? (care.ownAtOnce ?? 1) : 1
  const again = async (script: Script): Promise<Trial> => {
    const trial = await tryAgain(arena, invariant, kind, script)
    return care.signal.aborted ? {trace: trial.trace, instead: stopped} : trial
  }
  const confirmed = await confirm(again, sighting.script, alone ? aloneAtOnce : leastReplays)
  if (confirmed.some(isStopped)) return {instead: stopped}
  const sure = confirmed.every((trial) => trial.verdict !== undefined)
  if (timed && !sure) return notAgain(confirmed)
  const fails = async (script: Script): Promise<boolean> => {
    const first = (await again(script)).verdict !== undefined
    // What failed for sure must not be shrunk to a race; what is a race gets three chances.
    if (sure) return first && (timed || (await again(script)).verdict !== undefined)
    return first || !!(await again(script)).verdict || !!(await again(script)).verdict
  }
  const atOnce = alone ? aloneAtOnce : care.shrink === 'steps' ? stepsParallel : parallel
  const script =
    care.shrink === 'nothing'
      ? sighting.script
      : await minimise(await headOf(sighting, fails), fails, {
          runs: shrinkRuns,
          ms: care.shrink === 'all' ? shrinkMs : stepsMs,
          ...(care.shrink === 'steps' && {
            enoughSteps: atOnce === 1 ? mostSteps : enoughSteps,
          }),
          parallel: atOnce,
          signal: care.signal,
          values: care.shrink === 'all',
          ...(care.onTry && {onTry: care.onTry}),
        })
  const times = care.shrink === 'all' ? replays : leastReplays
  const replayed = await (care.shrink === 'steps'
    ? untilSeen(again, script)
    : repeat(again, script, times, alone ? aloneAtOnce : 5))
  const trials = replayed.filter((trial) => !isStopped(trial))
  const shown = trials.find((trial) => trial.verdict)
  const reproduced = [...confirmed, ...trials].some((trial) => trial.verdict)
  const doubtful = timed ? !shown && trials.length > 0 : !reproduced && lagged(sighting.trace)
  if (doubtful) return notAgain([...confirmed, ...trials])
  // The rate is that of the script that is shown.
  const counted = shown ? trials : confirmed
  return await failure(arena, invariant, sighting, sightings, care, {
    script: shown ? script : sighting.script,
    trace: shown?.trace ?? sighting.trace,
    verdict: shown?.verdict ?? sighting.verdict,
    rate: [counted.filter((trial) => trial.verdict).length, counted.length],
  })
}

/** The script without the steps behind those that prove the fault, where it fails without them. */
async function headOf(
  {script, trace, verdict}: Sighting,
  fails: (script: Script) => Promise<boolean>,
): Promise<Script> {
  const last = Math.max(-1, ...verdict.at.map((index) => trace[index]?.step ?? -1))
  const settled = script.findIndex((step, index) => index > last && step.do === 'settle')
  const head = script.slice(0, Math.max(last, settled) + 1)
  return head.length > 0 && head.length < script.length && (await fails(head)) ? head : script
}

/** Plays a script alone until it was tried three times; what was not reached says nothing either way. */
async function confirm(
  again: (script: Script) => Promise<Trial>,
  script: Script,
  atOnce: number,
): Promise<Trial[]> {
  const trials = await repeat(again, script, leastReplays, atOnce)
  for (let more = 0; more < leastReplays; more++) {
    const untried = trials.findIndex((trial) => trial.instead?.startsWith('untried'))
    if (untried < 0) break
    trials.splice(untried, 1, await again(script))
  }
  return trials
}

/** Plays a script until it fails once, three times at the most: where no rate is asked for. */
async function untilSeen(
  again: (script: Script) => Promise<Trial>,
  script: Script,
): Promise<Trial[]> {
  const trials: Trial[] = []
  while (trials.length < leastReplays && !trials.at(-1)?.verdict) trials.push(await again(script))
  return trials
}

/** Whether the harness stood still for so long that what it saw then proves little. */
function lagged(trace: Trace): boolean {
  return trace.some((fact) => fact.kind === 'lag' && fact.ms >= doubtfulLagMs)
}

async function failure(
  arena: Arena,
  invariant: Invariant,
  sighting: Sighting,
  sightings: number,
  care: Care,
  shown: {script: Script; trace: Trace; verdict: Broken; rate: [number, number]},
): Promise<Failure> {
  const {script, trace, verdict, rate} = shown
  const saved: Case = {
    schema: 'pushspec.case/1',
    invariant: invariant.id,
    target: arena.target,
    seed: care.seed,
    index: sighting.index,
    script,
    trace,
    verdict,
    versions: {pushspec: version, node: process.version},
  }
  return {
    kind: verdict.kind,
    level: levelOf(invariant, verdict),
    fingerprint: fingerprint(invariant.id, verdict.kind, script),
    rate,
    foundAt: sighting.index,
    sightings,
    stepsBefore: sighting.script.length,
    script,
    expected: verdict.expected,
    saw: verdict.saw,
    at: verdict.at.flatMap((index) => trace[index] ?? []),
    trace,
    case: await saveCase(care.out, saved, care.redact),
  }
}

/** The level of a fault: that of its invariant, unless the verdict lowers it. */
export function levelOf(invariant: Invariant, verdict: Broken): Level {
  return verdict.level ?? invariant.level
}

/** Plays a script once alone and says whether it broke in this way; a death breaks as `died`. */
async function tryAgain(
  arena: Arena,
  invariant: Invariant,
  kind: string,
  script: Script,
): Promise<Trial> {
  const played = await playAlone(arena, script)
  if ('died' in played) {
    const verdict = diedVerdict(played.died)
    return kind === 'died' ? {trace: [], verdict} : {trace: [], instead: verdict.saw}
  }
  const {trace} = played
  const verdict = invariant.judge(trace, arena.target)
  if (verdict.is === 'broken' && verdict.kind === kind) return {trace, verdict}
  const instead = verdict.is === 'untried' ? `untried, ${verdict.because}` : verdict.is
  return {trace, instead}
}

/** Plays on an instance of its own what restarts the target, and all else on the calm one. */
export function playAlone(arena: Arena, script: Script): ReturnType<Arena['play']> {
  return restarts(script) ? arena.playOwn(script) : arena.play(script)
}

function restarts(script: Script): boolean {
  return script.some((step) => step.do === 'restart')
}

/** The verdict on a script that ended the target's process. */
export function diedVerdict(end: {code?: number; signal?: string}): Broken {
  const saw = end.signal ? `it was ended by ${end.signal}` : `it ended with code ${end.code ?? '?'}`
  return {is: 'broken', kind: 'died', expected: 'the process goes on', saw, at: []}
}

/** Plays a script some times, some at a time; fewer times when it takes long, but at least three. */
async function repeat<Result>(
  one: (script: Script) => Promise<Result>,
  script: Script,
  times: number,
  parallel: number,
): Promise<Result[]> {
  const results: Result[] = []
  const until = performance.now() + replaysMs
  while (results.length < times) {
    if (results.length >= leastReplays && performance.now() > until) break
    const batch = Math.min(parallel, times - results.length)
    results.push(...(await Promise.all(Array.from({length: batch}, () => one(script)))))
  }
  return results
}
