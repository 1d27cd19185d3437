import {lagOf} from '../../models/ws/lag.ts'
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
    const dueMs = ms + marginMs + 2 * lagOf(play.recorder.trace)
    if (dueMs <= waitedMs || play.signal.aborted) return undefined
    const result = await patiently(play, promise, dueMs - waitedMs)
    if (result !== undefined) return result
    waitedMs = dueMs
  }
}
