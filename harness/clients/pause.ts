import {setTimeout as sleep} from 'node:timers/promises'

/** Waits `ms` at least; ends early when the case is over. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Timers of Node cut fractions off what they wait and off what the clock shows, so they may fire almost 2 ms early.
  await sleep(Math.ceil(ms) + 1, undefined, {signal}).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}
