import {only} from '../../trace.ts'
import type {Play} from '../driver.ts'
import {pause} from '../pause.ts'
import type {Log} from '../recorder.ts'
import type {Polled} from './ask.ts'
import type {Asking, PollChain} from './chain.ts'

/** A channel that still has news after so many polls is not quiet. */
const mostPolls = 1000

/** How a chain is read until nothing is left. */
export interface Emptying {
  /** The first poll of it; default: where the chain is. */
  readonly first?: Asking
  /** Is told each answer with events. */
  readonly onNews?: (polled: Polled) => void
}

/**
 * Polls on until nothing is left: two empty answers of a short poll, or one of a long poll that was held. One
 * that gives again what stands at its cursor is empty, and one that says that there is more is not.
 * Answers for how many ms nothing came; undefined when it did not become empty in time, or a poll failed.
 */
export async function emptied(
  play: Play,
  chain: PollChain,
  log: Log,
  {first, onNews}: Emptying = {},
): Promise<number | undefined> {
  const {recorder, signal} = play
  const wantedEmpties = chain.longpoll ? 1 : 2
  const until = recorder.now() + boundMs(play, chain)
  let lastNewsAt = recorder.now()
  let empties = 0
  for (let polls = 0; polls < mostPolls && !signal.aborted; polls += 1) {
    const asking: Asking = {...briefly(play, chain), ...(polls === 0 && first)}
    const askedAt = recorder.now()
    const polled = await chain.poll(asking, log)
    if (polled?.class === 'events' && !polled.stale) {
      empties = 0
      onNews?.(polled)
    } else if (polled?.class === 'empty' && polled.more) empties = 0
    else if (polled?.class === 'empty' || polled?.stale) {
      if (empties++ === 0) lastNewsAt = askedAt
      if (empties === wantedEmpties) return Math.round(recorder.now() - lastNewsAt)
    } else return undefined
    if (recorder.now() > until) return undefined
  }
  return undefined
}

/** Waits until everything that was published on the channel must be visible to a poll. */
export async function visible(play: Play, chain: PollChain): Promise<void> {
  const {recorder, service, signal} = play
  const {publishMs} = service.target.limits
  const mine = only(recorder.trace, 'publishing').filter((fact) => fact.channel === chain.channel)
  let latest = 0
  for (const {mark} of mine) {
    const end = await recorder.until('published', (fact) => fact.mark === mark, publishMs, signal)
    latest = Math.max(latest, end?.at ?? 0)
  }
  const remainingMs = latest + chain.endpoint.visibilityMs - recorder.now()
  if (mine.length > 0 && remainingMs > 0) await pause(remainingMs, signal)
}

/** A hold as short as can show that nothing comes, where the client may wish for one. */
function briefly({service}: Play, chain: PollChain): Asking {
  return chain.longpoll?.wait.send ? {waitMs: service.target.limits.quietMs} : {}
}

function boundMs({service}: Play, {longpoll}: PollChain): number {
  const {deliverMs} = service.target.limits
  if (!longpoll) return deliverMs
  const {jitter, lateMs, maxMs} = longpoll.wait
  return deliverMs + maxMs * (1 + jitter) + lateMs
}
