import type {ReplayResult} from '../engine/options.ts'
import {Mistake} from '../mistake.ts'
import {exitCodes} from '../report.ts'
import {escapeText} from '../reporters/escape.ts'
import {paintWith, type Paint} from '../reporters/paint.ts'
import {onInterruption} from './interruption.ts'
import {Progress} from './progress.ts'
import type {Streams} from './streams.ts'
import {targetOf, type TargetFlags} from './target.ts'

/** The flags of `pushspec replay`, as read. */
export interface ReplayFlags extends TargetFlags {
  readonly times: number
}

/** How a replayed case ended: gone, still there each time, there at times, or without any verdict. */
export type Replayed = 'fixed' | 'fails' | 'flaky' | 'cannot-run'

/**
 * `pushspec replay`: plays saved cases again and tells for each whether it still fails.
 * Answers 0 when all are fixed, 1 when one fails, 5 when one cannot run here. Throws Mistakes.
 */
export async function replayCommand(
  path: string,
  url: string | undefined,
  flags: ReplayFlags,
  streams: Streams,
): Promise<number> {
  const {loadCases} = await import('../engine/cases.ts')
  const cases = (await loadCases(path)).map((found) => found.case)
  if (cases.length === 0) throw new Mistake(`${path}: holds no case file`, exitCodes.usage)
  const interruption = onInterruption(streams)
  const progress = new Progress(streams)
  try {
    const target = await targetOf(url, flags, streams)
    const {replay} = await import('../engine/replay.ts')
    const {signal} = interruption
    const onEvent = progress.tell.bind(progress)
    const results = await replay({cases, target, times: flags.times, signal, onEvent})
    progress.end()
    const paint = paintWith(streams.outColour)
    for (const result of results) streams.out(`${lineOf(result, paint)}\n`)
    if (signal.aborted) return exitCodes.interrupted
    return codeOf(results.map((result) => replayed(result)))
  } finally {
    progress.end()
    interruption.release()
  }
}

/** How a case ended; it is fixed only when at least one replay held. */
export function replayed({failed, of, verdicts}: ReplayResult): Replayed {
  if (failed > 0) return failed < of ? 'flaky' : 'fails'
  return verdicts.some((verdict) => verdict.is === 'held') ? 'fixed' : 'cannot-run'
}

/** The exit code of all of them (design: exit codes, replay). */
export function codeOf(all: readonly Replayed[]): number {
  if (all.includes('fails') || all.includes('flaky')) return exitCodes.failure
  return all.includes('cannot-run') ? exitCodes.inconclusive : exitCodes.expected
}

/** One line for a replayed case. */
export function lineOf(result: ReplayResult, paint: Paint): string {
  const {case: played, failed, of, verdicts} = result
  const rate = `${played.verdict.kind}, fails ${failed}/${of}`
  const untried = verdicts.find((verdict) => verdict.is === 'untried')
  const lines: Readonly<Record<Replayed, readonly [word: string, told: string]>> = {
    fixed: [
      paint.green('FIXED'),
      `held in ${verdicts.filter((verdict) => verdict.is === 'held').length} of ${of} replays`,
    ],
    fails: [paint.red('FAILED'), rate],
    flaky: [paint.red('FLAKY'), `${rate}: a race`],
    'cannot-run': [
      paint.yellow('CANNOT RUN'),
      escapeText(untried?.because ?? 'nothing was played'),
    ],
  }
  const [word, told] = lines[replayed(result)]
  return `${word}  ${played.invariant}  ${told}`
}
