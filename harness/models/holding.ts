/**
 * How long each long poll was held, held against how long it might be (oracles: poll T1 to T4).
 * Nothing is required before a publish is acknowledged; lag of the harness voids an upper bound.
 */
import type {LongpollEndpoint, Target} from '../target.ts'
import {lagIsKnown, lagMs, memo, only, type FactOf, type Trace} from '../trace.ts'
import {
  deliveryOf,
  mayBeLost,
  type DeliveryReport,
  type Link,
  type Publication,
} from './delivery/delivery.ts'

/** One long poll. Times are ms of the trace. */
export interface Hold {
  readonly request: FactOf<'request'>
  /** When its last byte was on its way at the latest, which upper bounds are counted from. */
  readonly sentAt: number
  /** When its last byte was on its way at the earliest, which lower bounds are counted from: a standstill may lie between. */
  readonly writtenAt: number
  readonly answer: FactOf<'answer'>
  /** The time of the answer's end, or of giving up. */
  readonly endedAt: number
  readonly complete: boolean
  /** The longest hold without news, in ms after `sentAt`. */
  readonly latestMs: number
  /** It took longer than that, or never ended. */
  readonly late: boolean
  /** The shortest hold without news, in ms after `writtenAt`. */
  readonly earliestMs: number
  /** How long the harness itself stood still meanwhile, all in all, in ms: so late its view may be. */
  readonly lagMs: number
  /** Acknowledged events behind its cursor, with the time by which it had to end. */
  readonly due: readonly {
    readonly one: Publication
    readonly by: number
    readonly racing: boolean
  }[]
  /** Indexes of its request and answer. */
  readonly facts: readonly [number, number]
}

/** A publish within this many ms of the arrival of a poll races with it. */
const racingMs = 25

/** Every long poll of a trace that was sent whole and not cut by the client. */
export const holdsOf: (trace: Trace, target: Target) => readonly Hold[] = memo((trace, target) => {
  const {longpoll} = target
  if (!longpoll) return []
  const delivery = deliveryOf(trace, target)
  const answers = new Map(only(trace, 'answer').map((fact) => [fact.request, fact]))
  const sent = new Map(only(trace, 'sent').map((fact) => [fact.request, fact]))
  return only(trace, 'request').flatMap((request) => {
    const answer = answers.get(request.name)
    const last = sent.get(request.name)
    if (request.via !== 'longpoll' || !answer || !last) return []
    if (answer.ending === 'cut' || answer.ending === 'malformed') return []
    if (!lagIsKnown(trace, answer.at)) return []
    const asked = request.waitMs ?? longpoll.wait.defaultMs
    const latestMs = asked * (1 + longpoll.wait.jitter) + longpoll.wait.lateMs
    const stoodStillMs = lagMs(trace, last.at, answer.at)
    // It may come at once, and misses nothing: what it says is that there is more.
    const hollow = answer.class === 'empty' && answer.more === true
    return [
      {
        request,
        sentAt: last.at,
        writtenAt: writtenAt(trace, request, last),
        answer,
        endedAt: answer.at,
        complete: answer.ending === 'complete',
        latestMs,
        late: answer.ending !== 'complete' || answer.at - last.at > latestMs + stoodStillMs,
        earliestMs: hollow ? 0 : asked - longpoll.wait.earlyMs,
        lagMs: stoodStillMs,
        due: hollow ? [] : due(request, last.at, delivery, longpoll, target),
        facts: [trace.indexOf(request), trace.indexOf(answer)] as const,
      },
    ]
  })
})

/** Every long poll with which publishes raced, and the first of these that was not answered for in time. */
export function racesOf(
  trace: Trace,
  target: Target,
): readonly {readonly hold: Hold; readonly missed: Publication | undefined}[] {
  return holdsOf(trace, target).flatMap((hold) => {
    const due = hold.due.filter((one) => one.racing)
    const missed = due.find(({by}) => hold.endedAt > by + hold.lagMs)
    return due.length > 0 ? [{hold, missed: missed?.one}] : []
  })
}

/** When the last byte of a request was given to the kernel; told before it is done, unlike `sent`. */
function writtenAt(trace: Trace, request: FactOf<'request'>, sent: FactOf<'sent'>): number {
  const out = only(trace, 'out').findLast(({conn, at}) => conn === request.conn && at <= sent.at)
  return out?.at ?? request.at
}

/** What lies behind the cursor of a poll, and by when it had to be answered for it (T1, the wake rule). */
function due(
  request: FactOf<'request'>,
  sentAt: number,
  {links, published}: DeliveryReport,
  longpoll: LongpollEndpoint,
  target: Target,
): Hold['due'] {
  const base = baseOf(request, links)
  if (!base && (request.cursor !== undefined || longpoll.cursor.start === 'now')) return []
  const behind = new Set(base ? [...base.base, ...base.got].map((given) => given.mark) : [])
  const live = base?.start.from === 'live' ? base.start.readyAt : -Infinity
  const after = published.filter(
    (one) => one.channel === request.channel && !behind.has(one.mark) && one.outcome !== 'refused',
  )
  const kept = target.claims.resume?.events ?? 2
  if (after.filter((one) => one.sentAt <= sentAt).length > kept - 1) return []
  return after
    .filter((one) => one.outcome === 'acked' && one.sentAt > live)
    .filter((one) => !mayBeLost(one, request, links, target))
    .map((one) => ({
      one,
      by: Math.max(sentAt, one.endedAt + longpoll.visibilityMs) + longpoll.wait.wakeMs,
      racing: one.sentAt < sentAt + racingMs && one.endedAt > request.at - racingMs,
    }))
}

/** The link that the poll's cursor comes from. */
function baseOf(request: FactOf<'request'>, links: readonly Link[]): Link | undefined {
  return links.findLast(
    (link) =>
      link.channel === request.channel &&
      link.cursor !== undefined &&
      link.cursor === request.cursor &&
      link.readyAt <= request.at,
  )
}
