import {only, type Trace} from '../../trace.ts'

/** Shorter standstills change no verdict that is confirmed alone, and on a busy machine they never end. */
const worthCountingMs = 50

/** How long the harness itself stood still, ms: what came in meanwhile bears too late a time. */
export function lagOf(trace: Trace): number {
  return only(trace, 'lag').reduce((sum, {ms}) => sum + (ms > worthCountingMs ? ms : 0), 0)
}
