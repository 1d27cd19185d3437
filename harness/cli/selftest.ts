import {Mistake} from '../mistake.ts'
import {exitCodes} from '../report.ts'
import {matrix} from '../reporters/matrix.ts'
import {onInterruption} from './interruption.ts'
import {Progress} from './progress.ts'
import type {Streams} from './streams.ts'

/** The flags of `pushspec selftest`, as read. */
export interface SelftestFlags {
  readonly quick?: true
  /** Seeds of a soak. */
  readonly soak?: number
  /** Cases per behaviour, aim and seed of a soak. */
  readonly runs?: number
  readonly only?: readonly string[]
  readonly seed: number
}

/** `pushspec selftest`: puts the suite itself on trial and prints the kill matrix. Answers 0, or 1 when a mutant lives or a correct server was accused. */
export async function selftestCommand(flags: SelftestFlags, streams: Streams): Promise<number> {
  if (flags.runs !== undefined && flags.soak === undefined)
    throw new Mistake('--runs says how long a soak is: it needs --soak', exitCodes.usage)
  const interruption = onInterruption(streams)
  const progress = new Progress(streams, 'trials')
  try {
    const {selftest} = await import('../engine/selftest.ts')
    const {signal} = interruption
    const {quick = false, soak, runs, only, seed} = flags
    const onEvent = progress.tell.bind(progress)
    const result = await selftest({
      quick,
      ...(soak !== undefined && {soakSeeds: soak}),
      ...(runs !== undefined && {soakRuns: runs}),
      ...(only && {only}),
      seed,
      signal,
      onEvent,
    })
    progress.end()
    streams.out(matrix(result, {colour: streams.outColour}))
    if (result.interrupted) return exitCodes.interrupted
    return result.ok ? exitCodes.expected : exitCodes.failure
  } finally {
    progress.end()
    interruption.release()
  }
}
