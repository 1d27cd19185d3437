/**
 * The attempts of every event at every endpoint of a trace, judged by the attempts model
 * (oracles: webhook 6). Events are found by their marks, never by their ids.
 */
import type {Target, WebhookEndpoint} from '../target.ts'
import {lagIsKnown, memo, only, type FactOf, type Trace} from '../trace.ts'
import {
  judgeAttempts,
  type Attempt,
  type AttemptJudgement,
  type Crash,
  type Declared,
} from './attempts.ts'
import {surelyLate, upperRules} from './attempts-words.ts'
import {publications, type Publication} from './delivery/publications.ts'

/** One event at one endpoint. */
export interface HookDelivery {
  readonly endpoint: string
  readonly one: Publication
  /** The requests that bore its mark, in order. */
  readonly attempts: readonly FactOf<'attempt'>[]
  readonly judged: AttemptJudgement
  /** An answer sent the sender elsewhere, so that attempts cannot be told from redirected requests. */
  readonly redirected: boolean
  /** The endpoint was watched until all was quiet, and until what is owed could be called missing. */
  readonly settled: boolean
}

/** A kill is felt, and a standstill of the harness is told, within this many ms. */
const killMs = 50
/** So far back a standstill may still delay what the harness sees. */
const backlogMs = 2000
/** Harness lag above this voids upper bounds (oracles: webhook 6). */
const tolerableLagMs = 100

/** Every accepted or perhaps accepted event at every endpoint that was registered before it was published. */
export const hookDeliveries: (trace: Trace, target: Target) => readonly HookDelivery[] = memo(
  (trace, target) => {
    if (!target.webhook) return []
    const declared = declaredBy(target, target.webhook)
    const published = publications(trace).filter((one) => one.outcome !== 'refused' && !one.bare)
    const endpoints = new Map(
      only(trace, 'registered')
        .toReversed()
        .map((endpoint) => [endpoint.client, endpoint]),
    )
    return [...endpoints.values()].flatMap((endpoint) =>
      published
        .filter((one) => one.channel === endpoint.channel && one.sentAt > endpoint.at)
        .map((one, _, all) => deliveryAt(trace, endpoint, one, all, declared, target)),
    )
  },
)

function deliveryAt(
  trace: Trace,
  endpoint: FactOf<'registered'>,
  one: Publication,
  all: readonly Publication[],
  declared: Declared,
  target: Target,
): HookDelivery {
  const {client} = endpoint
  const attempts = only(trace, 'attempt').filter(
    (fact) => fact.client === client && fact.marks.includes(one.mark),
  )
  const replies = attempts.map((attempt) => replyTo(trace, attempt))
  const settledAt = only(trace, 'settled').findLast((fact) => fact.client === client)?.at
  const judged = judgeAttempts(declared, {
    publish:
      one.outcome === 'acked'
        ? {at: one.sentAt, outcome: 'acked', ackedAt: one.endedAt}
        : {at: one.sentAt, outcome: 'unknown'},
    attempts: attempts.map((attempt, index) => {
      const cameAt = begunAt(trace, attempt)
      const seen = attemptOf(trace, attempt, replies[index])
      return {...seen, cameAt, begunAt: cameAt - declared.retry.slackMs}
    }),
    crashes: crashes(trace),
    blind: refusals(trace, client),
    busy: busyWith(trace, client, one, all, target),
    watchedUntil: settledAt ?? attempts.at(-1)?.startedAt ?? one.sentAt,
  })
  return {
    endpoint: client,
    one,
    attempts,
    judged: withoutVoidBounds(judged, trace),
    redirected: replies.some((reply) => reply?.location !== undefined),
    settled: settledAt !== undefined && settledAt >= (judged.decidedAt ?? 0),
  }
}

/**
 * Where an event that is retried may hold up others: from the publication of each other event to the
 * end of its last attempt, and up to the end of what no publication accounts for (its mark may stand
 * nowhere, or it was left over by the case before), since it may have waited for longer than is seen.
 */
function busyWith(
  trace: Trace,
  client: string,
  one: Publication,
  all: readonly Publication[],
  {webhook}: Target,
): {from: number; until: number}[] {
  if (!webhook?.headOfLine) return []
  const attempts = only(trace, 'attempt').filter((attempt) => attempt.client === client)
  const over = (attempt: FactOf<'attempt'>): number => {
    const reply = replyTo(trace, attempt)
    const waitedMs = reply && reply.how !== 'silent' ? 0 : longestTimeoutMs(webhook)
    return Math.max(reply?.at ?? 0, attempt.startedAt + waitedMs)
  }
  const strangers = attempts.filter(({marks}) => !all.some(({mark}) => marks.includes(mark)))
  const others = all
    .filter((other) => other !== one)
    .map(({mark, sentAt}) => {
      const ends = attempts.filter(({marks}) => marks.includes(mark)).map(over)
      return {from: sentAt, until: Math.max(sentAt, ...ends)}
    })
  if (strangers.length === 0) return others
  return [{from: 0, until: Math.max(...strangers.map(over))}, ...others]
}

/** A sender may notice its timeout this much later than declared (oracles: webhook 6), in ms. */
const longestTimeoutMs = ({ack}: WebhookEndpoint): number => surelyLate * (ack.timeoutMs ?? 0)

/** Leaves out upper bounds that the harness's own lag may have passed, as far as it is known by then. */
function withoutVoidBounds(judged: AttemptJudgement, trace: Trace): AttemptJudgement {
  const isVoid = (at: number): boolean =>
    !lagIsKnown(trace, at) ||
    only(trace, 'lag').some((lag) => lag.ms > tolerableLagMs && lag.at - lag.ms <= at)
  return {
    ...judged,
    problems: judged.problems.filter(({rule, at}) => !upperRules.has(rule) || !isVoid(at)),
  }
}

function replyTo(trace: Trace, attempt: FactOf<'attempt'>): FactOf<'replied'> | undefined {
  return only(trace, 'replied').find(
    (fact) => fact.conn === attempt.conn && fact.client === attempt.client && fact.at >= attempt.at,
  )
}

function attemptOf(
  trace: Trace,
  attempt: FactOf<'attempt'>,
  reply: FactOf<'replied'> | undefined,
): Attempt {
  const mine = trace.filter((fact) => 'conn' in fact && fact.conn === attempt.conn)
  const closed = mine.find(
    (fact) =>
      (fact.kind === 'fin' || fact.kind === 'reset') &&
      fact.by === 'server' &&
      fact.at >= attempt.startedAt,
  )
  // Written before it is known to be: the sender may have read it long before the reply was done.
  const head = mine.find(
    (fact) =>
      fact.kind === 'out' && fact.at >= attempt.startedAt && !fact.bytes.startsWith('HTTP/1.1 1'),
  )
  const retryAfter = reply?.retryAfter
  return {
    startAt: attempt.startedAt,
    how: reply?.how ?? 'silent',
    ...(reply && reply.how !== 'silent' && {respondedAt: reply.at}),
    ...(reply?.status !== undefined && {status: reply.status, headAt: head?.at ?? reply.at}),
    ...(closed && {senderClosedAt: closed.at}),
    ...(reply?.location !== undefined && {location: reply.location}),
    ...(retryAfter !== undefined && {retryAfterMs: Number(retryAfter) * 1000}),
  }
}

/** When the sender seems to have begun this attempt: with its connection, which the harness may have seen late. */
function begunAt(trace: Trace, attempt: FactOf<'attempt'>): number {
  const mine = trace.filter((fact) => 'conn' in fact && fact.conn === attempt.conn)
  const reused = mine.some((fact) => fact.kind === 'replied' && fact.at < attempt.startedAt)
  const connected = mine.find((fact) => fact.kind === 'connect')
  const at = reused || !connected ? attempt.startedAt : connected.at
  // Behind a standstill the backlog is worked off, so that what came long ago is seen only now.
  const before = only(trace, 'lag').filter(
    (lag) => lag.at >= at - backlogMs && lag.at - lag.ms <= at + killMs,
  )
  return at - before.reduce((sum, lag) => sum + lag.ms, 0)
}

/** Times in which an endpoint refused connections. */
function refusals(trace: Trace, client: string): {from: number; to: number}[] {
  return only(trace, 'closed')
    .filter((fact) => fact.client === client && fact.conn === '')
    .map((fact) => {
      const again = only(trace, 'registered').find(
        (one) => one.client === client && one.at >= fact.at,
      )
      return {from: fact.at, to: again?.at ?? Infinity}
    })
}

/** Every time the process was stopped by the harness or ended by itself. */
function crashes(trace: Trace): Crash[] {
  const found: Crash[] = []
  for (const fact of trace) {
    if (fact.kind === 'stopping' || fact.kind === 'died')
      found.push({at: fact.at, diedAt: fact.at + (fact.kind === 'died' ? 0 : killMs)})
    const last = found.at(-1)
    if (fact.kind === 'restarted' && last)
      found[found.length - 1] = {
        ...last,
        diedAt: Math.min(fact.at, last.at + killMs),
        upAt: fact.at,
      }
  }
  return found
}

/** The declarations in the words of the attempts model. */
function declaredBy(target: Target, webhook: WebhookEndpoint): Declared {
  const {ack, retry, recoveryMs, redirect} = webhook
  return {
    ack: {
      statuses: ack.statuses,
      ackPoint: ack.point,
      ...(ack.timeoutMs !== undefined && {timeoutMs: ack.timeoutMs}),
      commitWithinMs: ack.commitWithinMs,
    },
    retry: {
      delaysMs: retry?.delaysMs ?? [],
      repeatLast: retry?.repeatLast ?? false,
      maxAttempts: retry?.maxAttempts ?? 1,
      jitter: retry?.jitter ?? {down: 0, up: 0},
      pollMs: retry?.pollMs ?? 0,
      slackMs: retry?.slackMs ?? target.limits.slackMs,
      absentMs: target.limits.deliverMs,
      firstWithinMs: target.limits.deliverMs,
      retryable: {
        statuses: retryableStatuses(webhook),
        network: true,
        timeout: true,
      },
      hiddenResends: retry?.hiddenResends ?? 0,
      ...(retry &&
        retry.retryAfter !== 'ignored' && {
          retryAfter: {statuses: retry.retryAfter.statuses, capMs: retry.retryAfter.capMs},
        }),
    },
    ...(target.claims.durable && {durable: {recoveryMs, leaseMs: 0}}),
    redirect,
  }
}

/** What is neither an acknowledgement nor final is tried again. */
function retryableStatuses({ack, retry, gone}: WebhookEndpoint): [number, number][] {
  const final = [
    ...ack.statuses,
    ...(retry?.permanent ?? []),
    ...(gone ? [[410, 410] as const] : []),
  ]
  const ranges: [number, number][] = []
  for (let status = 100; status <= 599; status++) {
    if (final.some(([from, to]) => status >= from && status <= to)) continue
    const last = ranges.at(-1)
    if (last && last[1] === status - 1) last[1] = status
    else ranges.push([status, status])
  }
  return ranges
}

/** An attempt that went where only a Location had pointed: every Location differs from the endpoint's own URL. */
export function followed({attempts}: HookDelivery): FactOf<'attempt'> | undefined {
  const home = attempts[0]?.target
  return attempts.find((attempt) => attempt.target !== home)
}
