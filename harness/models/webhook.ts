/**
 * The attempts of every event at every endpoint of a trace, judged by the attempts model
 * (oracles: webhook 6). Events are found by their marks, never by their ids.
 */
import type {Target, WebhookEndpoint} from '../target.ts'
import {memo, only, type FactOf, type Trace} from '../trace.ts'
import {
  judgeAttempts,
  type Attempt,
  type AttemptJudgement,
  type Crash,
  type Declared,
} from './attempts.ts'
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
  /** The endpoint was watched until all was quiet. */
  readonly settled: boolean
}

/** A kill is felt within this many ms. */
const killMs = 50
/** Harness lag above this voids upper bounds (oracles: webhook 6). */
const tolerableLagMs = 100

/** Every accepted or perhaps accepted event at every endpoint that was registered before it was published. */
export const hookDeliveries: (trace: Trace, target: Target) => readonly HookDelivery[] = memo(
  (trace, target) => {
    if (!target.webhook) return []
    const declared = declaredBy(target, target.webhook)
    const published = publications(trace).filter((one) => one.outcome !== 'refused' && !one.bare)
    return only(trace, 'registered').flatMap((endpoint) =>
      published
        .filter((one) => one.channel === endpoint.channel && one.sentAt > endpoint.at)
        .map((one) => deliveryAt(trace, endpoint, one, declared)),
    )
  },
)

function deliveryAt(
  trace: Trace,
  endpoint: FactOf<'registered'>,
  one: Publication,
  declared: Declared,
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
    attempts: attempts.map((attempt, index) => attemptOf(trace, attempt, replies[index])),
    crashes: crashes(trace),
    watchedUntil: settledAt ?? attempts.at(-1)?.at ?? one.sentAt,
  })
  const lagged = only(trace, 'lag').some((lag) => lag.ms > tolerableLagMs)
  return {
    endpoint: client,
    one,
    attempts,
    judged: lagged ? withoutUpperBounds(judged) : judged,
    redirected: replies.some((reply) => reply?.location !== undefined),
    settled: settledAt !== undefined,
  }
}

function withoutUpperBounds(judged: AttemptJudgement): AttemptJudgement {
  const upper = new Set(['late', 'never-attempted', 'not-retried', 'lost-over-crash'])
  return {...judged, problems: judged.problems.filter(({rule}) => !upper.has(rule))}
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
  const closed = trace.find(
    (fact) =>
      (fact.kind === 'fin' || fact.kind === 'reset') &&
      fact.conn === attempt.conn &&
      fact.by === 'server' &&
      fact.at >= attempt.at,
  )
  const retryAfter = reply?.retryAfter
  const answered = reply !== undefined && reply.how !== 'silent'
  return {
    startAt: attempt.at,
    how: reply?.how ?? 'silent',
    ...(answered && {respondedAt: reply.at}),
    ...(reply?.how === 'complete' && {headAt: reply.at}),
    ...(reply?.how === 'complete' && reply.status !== undefined && {status: reply.status}),
    ...(closed && {senderClosedAt: closed.at}),
    ...(reply?.location !== undefined && {location: reply.location}),
    ...(retryAfter !== undefined && {retryAfterMs: Number(retryAfter) * 1000}),
  }
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
