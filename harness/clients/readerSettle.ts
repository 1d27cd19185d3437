import {lagMs, only, type FactOf, type Trace} from '../trace.ts'
import type {Play} from './driver.ts'
import {pause} from './pause.ts'
import type {Log} from './recorder.ts'
import {deferred} from './within.ts'

/** The reader of a stream that is to become quiet. */
export interface SettlingReader {
  readonly client: string
  /** The name of its channel on the target. */
  readonly channel: string
  /** What was published later is owed: when its first stream was ready, in ms of the trace; -Infinity where it began with the oldest event. */
  readonly readySince: () => number | undefined
  readonly isOpen: () => boolean
  /** Opens the stream again where it left off, after the server closed it; true when it is open. */
  readonly reopen?: () => Promise<boolean>
}

/** A server that closes each stream at once is not followed for ever. */
const mostReopenings = 5

/** What a reader still waits for, and since when nothing happened. */
interface Outlook {
  /** Publishes under way, and acknowledged events that have not come. */
  readonly missing: boolean
  readonly lastNewsAt: number
  /** From then on, absence may be judged. */
  readonly giveUpAt: number
}

/**
 * Waits until every event that is owed to a stream has come and all was quiet for `limits.quietMs`, then
 * writes `settled`. What has not come by `limits.deliverMs` behind the last acknowledgement (or readiness) is
 * waited for no longer: `settled` is written all the same, and absence is judged from it. A stream that the
 * server closed is reopened at most 5 times per call; one that stays closed, or that the client left, writes nothing.
 */
export async function settleReader(play: Play, reader: SettlingReader, log: Log): Promise<void> {
  const {recorder, service, signal} = play
  const {deliverMs, quietMs} = service.target.limits
  let reopenings = 0
  while (!signal.aborted) {
    if (!reader.isOpen()) {
      if (leftByItself(recorder.trace, reader.client)) return
      if (!reader.reopen || reopenings++ === mostReopenings) return
      if (reopenings > 1) await pause(quietMs, signal) // the server needs a rest
      await reader.reopen()
      continue
    }
    const now = recorder.now()
    const {missing, lastNewsAt, giveUpAt} = outlook(play, reader)
    const quietAt = lastNewsAt + quietMs
    const quiet = now >= quietAt && (!missing || now >= giveUpAt)
    // A server that repeats itself for ever is never quiet; then a judge has seen enough.
    if (quiet || now >= giveUpAt + deliverMs) {
      const waitedMs = Math.round(now - lastNewsAt)
      log.write({kind: 'settled', client: reader.client, waitedMs})
      return
    }
    const waitMs = (missing ? Math.max(quietAt, giveUpAt) : quietAt) - now
    await news(play, reader.client, waitMs, missing)
  }
}

/** Whether the last stream was ended by the script, and not by the server. */
function leftByItself(trace: Trace, client: string): boolean {
  const closed = only(trace, 'closed').findLast((fact) => fact.client === client)
  return closed?.by === 'client'
}

function outlook({recorder, service}: Play, reader: SettlingReader): Outlook {
  const {trace} = recorder
  const {deliverMs, publishMs, quietMs} = service.target.limits
  const opened = only(trace, 'opened').filter((fact) => fact.client === reader.client)
  // What others say on a shared channel is no news.
  const events = only(trace, 'event').filter(
    (fact) => fact.client === reader.client && fact.mark !== undefined,
  )
  const ends = new Map(only(trace, 'published').map((fact) => [fact.mark, fact]))
  const seen = new Set(events.map((fact) => fact.mark))
  const readyAt = opened.at(-1)?.at ?? 0
  let lastNewsAt = Math.max(readyAt, events.at(-1)?.at ?? 0)
  let giveUpAt = readyAt + deliverMs + quietMs
  let missing = false
  for (const {mark, at} of owed(trace, reader)) {
    const end = ends.get(mark)
    if (end?.outcome === 'refused') continue
    lastNewsAt = Math.max(lastNewsAt, end?.at ?? at)
    const latest = end ? end.at + deliverMs : at + publishMs + deliverMs
    giveUpAt = Math.max(giveUpAt, latest + quietMs)
    // An unknown publish may never come: only quiet is waited for.
    if (!seen.has(mark) && end?.outcome !== 'unknown') missing = true
  }
  // A judge adds what the harness stood still to what was due; absence that it excuses shows nothing.
  const dueAt = giveUpAt - deliverMs - quietMs
  const stoodStillMs = missing ? lagMs(trace, dueAt, recorder.now()) : 0
  return {missing, lastNewsAt, giveUpAt: giveUpAt + stoodStillMs}
}

/** The publishes behind the position at which the reader began. */
function owed(trace: Trace, {channel, readySince}: SettlingReader): FactOf<'publishing'>[] {
  const since = readySince() ?? Infinity
  return only(trace, 'publishing').filter(
    (fact) => fact.channel === channel && fact.at > since && !fact.bare,
  )
}

/** Waits `ms`; ends early when the stream closes, or (while something is missing) something happens. */
async function news(play: Play, client: string, ms: number, missing: boolean): Promise<void> {
  const {recorder, signal} = play
  const happened = deferred<void>()
  const unfollow = recorder.follow((fact) => {
    const mine = 'client' in fact && fact.client === client
    const wanted = mine ? fact.kind === 'event' : fact.kind === 'published'
    if ((mine && fact.kind === 'closed') || (missing && wanted)) happened.resolve()
  })
  const awake = (): void => happened.resolve()
  const timer = setTimeout(awake, Math.ceil(Math.max(0, ms)) + 1)
  signal.addEventListener('abort', awake)
  await happened.promise
  signal.removeEventListener('abort', awake)
  clearTimeout(timer)
  unfollow()
}
