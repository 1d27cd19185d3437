import {rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {Profile, RunOptions} from '../engine/options.ts'
import {redactJson} from '../launch/redact.ts'
import {Mistake} from '../mistake.ts'
import {version} from '../package.ts'
import {exitCodes, type Report} from '../report.ts'
import {json} from '../reporters/json.ts'
import {junit} from '../reporters/junit.ts'
import {terminal} from '../reporters/terminal.ts'
import type {Mechanism} from '../target.ts'
import {makeFolder} from './folder.ts'
import {onInterruption} from './interruption.ts'
import {Progress} from './progress.ts'
import type {Streams} from './streams.ts'
import type {ReporterName} from './values.ts'
import {flagsOf, targetOf, type TargetFlags} from './target.ts'

/** The flags of `pushspec run`, as read. */
export interface RunFlags extends TargetFlags {
  readonly only?: readonly string[]
  readonly skip?: readonly string[]
  readonly mechanism?: readonly Mechanism[]
  readonly profile: Profile
  readonly seed: number
  readonly runs?: number
  /** In ms. */
  readonly budget?: number
  readonly jobs: number
  readonly shard?: readonly [number, number]
  readonly bail?: number
  readonly invariants?: readonly string[]
  readonly strict?: true
  readonly out: string
  readonly reporter: readonly ReporterName[]
  readonly verbose?: true
}

/** What plays a run; tests of this file put another in its place. */
type Engine = (options: RunOptions) => Promise<Report>

/** Loads the engine only when it is needed, so that help and mistakes come at once. */
const embeddedEngine: Engine = async (options) => {
  const {run} = await import('../engine/run.ts')
  return await run(options)
}

/**
 * `pushspec run`: tries the target, writes report.json and junit.xml into the output folder and the
 * chosen reports to standard output. Answers the exit code. Throws Mistakes.
 */
export async function runCommand(
  url: string | undefined,
  flags: RunFlags,
  streams: Streams,
  engine: Engine = embeddedEngine,
): Promise<number> {
  const interruption = onInterruption(streams)
  try {
    await prepare(flags.out)
    const options = await optionsOf(url, flags, streams, interruption.signal)
    const found = await reportOf(options, streams, engine)
    const report = redacted(found, options.target.secrets)
    await writeFile(join(flags.out, 'report.json'), json(report))
    await writeFile(join(flags.out, 'junit.xml'), junit(report))
    for (const reporter of flags.reporter) streams.out(render(reporter, report, flags, streams))
    return report.exitCode
  } finally {
    interruption.release()
  }
}

/** A report without secrets; ids and the files of cases stay, or they would name what is not there. */
function redacted(found: Report, secrets: readonly string[]): Report {
  const report = redactJson(found, secrets)
  const checks = found.checks.map(({id, failures}, index) => {
    const check = report.checks[index]!
    const files = failures.map((failure) => failure.case)
    return {...check, id, failures: check.failures.map((one, at) => ({...one, case: files[at]!}))}
  })
  return {...report, checks}
}

async function optionsOf(
  url: string | undefined,
  flags: RunFlags,
  streams: Streams,
  signal: AbortSignal,
): Promise<RunOptions> {
  const {only, skip, mechanism, profile, seed, runs, budget, jobs, shard, bail} = flags
  return {
    target: await targetOf(url, flags, streams),
    ...(only && {only}),
    ...(skip && {skip}),
    ...(mechanism && {mechanisms: mechanism}),
    profile,
    seed,
    ...(runs !== undefined && {runs}),
    ...(budget !== undefined && {budgetMs: budget}),
    jobs,
    ...(shard && {shard}),
    ...(bail !== undefined && {bail}),
    invariantsDirs: flags.invariants ?? [],
    strict: flags.strict ?? false,
    out: flags.out,
    signal,
    targetFlags: flagsOf(url, flags),
  }
}

/** Makes the output folder and takes away the report of an earlier run, so that nobody reads that one for this. */
async function prepare(out: string): Promise<void> {
  makeFolder('--out', out)
  try {
    for (const name of ['report.json', 'junit.xml']) await rm(join(out, name), {force: true})
  } catch (error) {
    const why = (error as Error).message
    throw new Mistake(`--out ${out}: cannot be written: ${why}`, exitCodes.usage)
  }
}

/** Runs; a target that cannot be reached is a report too, so that the files say so. */
async function reportOf(options: RunOptions, streams: Streams, engine: Engine): Promise<Report> {
  const progress = new Progress(streams)
  const startedAt = new Date()
  try {
    return await engine({...options, onEvent: (event) => progress.tell(event)})
  } catch (error) {
    if (!(error instanceof Mistake) || error.exitCode !== exitCodes.unreachable) throw error
    return unreachable(options, error.message, startedAt)
  } finally {
    progress.end()
  }
}

function unreachable(options: RunOptions, because: string, startedAt: Date): Report {
  const {target, seed, profile, shard, targetFlags} = options
  const wallMs = Date.now() - startedAt.getTime()
  const effort = {startedAt: startedAt.toISOString(), wallMs, cases: 0, steps: 0, lagP99Ms: 0}
  return {
    schema: 'pushspec.report/1',
    version,
    verdict: 'unreachable',
    exitCode: exitCodes.unreachable,
    target: {name: target.target.name, start: target.source, claims: target.target.claims},
    run: {seed, profile, ...(shard && {shard}), ...effort, because, targetFlags},
    summary: {passed: 0, failed: 0, known: 0, stale: 0, inconclusive: 0, notClaimed: 0, waived: 0},
    deaths: [],
    checks: [],
  }
}

function render(reporter: ReporterName, report: Report, flags: RunFlags, streams: Streams): string {
  if (reporter === 'json') return json(report)
  if (reporter === 'junit') return junit(report)
  const {outColour: colour, columns} = streams
  return terminal(report, {colour, columns, verbose: flags.verbose ?? false})
}
