import {only} from '../../trace.ts'
import type {Play} from '../driver.ts'
import {lagPeriodMs} from '../lag.ts'
import {patiently} from '../within.ts'

/** Judges compare times with the limits: a watch ends a little behind its limit, never before; a standstill is told by then. */
const marginMs = 5 + lagPeriodMs

/**
 * What `promise` comes to within `ms`, and twice as long again as the harness itself stood still in this case: judges
 * add that to every limit, and some of their deadlines are two limits. Undefined after that, or when the signal aborts.
 */
export async function inTime<Result>(
  play: Play,
  promise: Promise<Result>,
  ms: number,
): Promise<Result | undefined> {
  let waitedMs = 0
  for (;;) {
    const lagMs = only(play.recorder.trace, 'lag').reduce((sum, lag) => sum + lag.ms, 0)
    const dueMs = ms + marginMs + 2 * lagMs
    if (dueMs <= waitedMs || play.signal.aborted) return undefined
    const result = await patiently(play, promise, dueMs - waitedMs)
    if (result !== undefined) return result
    waitedMs = dueMs
  }
}
