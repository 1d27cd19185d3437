import {surelyLate} from '../../models/attempts-words.ts'
import {statusIn, type Target, type WebhookEndpoint} from '../../target.ts'
import {only, type FactOf, type Trace} from '../../trace.ts'
import {retryMs} from '../limits.ts'

/** What one receiver can still expect, in ms of the trace. */
export interface Quiet {
  /** When the last thing happened that a sender could react to. */
  readonly lastAt: number
  /** When nothing more is owed, if nothing happens until then. */
  readonly dueAt: number
}

/**
 * When a receiver of a channel may be called quiet: twice the next delay that the declared schedule
 * leaves to any event which is not acknowledged, and as long again behind an acknowledgement, so
 * that a forbidden attempt is seen (design.md 4 rule 3).
 */
export function quietAfter(trace: Trace, client: string, channel: string, target: Target): Quiet {
  const {deliverMs, publishMs, quietMs, slackMs} = target.limits
  let waiting = false
  const publishing = only(trace, 'publishing').filter((fact) => fact.channel === channel)
  const published = only(trace, 'published')
  const history = historyOf(trace, client)
  const heldUntil = heldUpUntil(history, target)
  let lastAt = only(trace, 'registered').findLast((fact) => fact.client === client)?.at ?? 0
  let dueAt = lastAt + quietMs
  const expect = (at: number, ms: number): void => {
    lastAt = Math.max(lastAt, at)
    dueAt = Math.max(dueAt, at + ms)
  }
  for (const {mark, at} of publishing) {
    const end = published.find((fact) => fact.mark === mark)
    const attempts = history.attempts.filter((attempt) => attempt.marks.includes(mark))
    if (!end) expect(at, publishMs)
    else if (end.outcome !== 'refused' && attempts.length === 0) {
      waiting = true
      // As late again, it counts as missing.
      expect(Math.max(end.at, heldUntil), 2 * deliverMs + slackMs)
    } else if (end.outcome === 'refused') expect(end.at, quietMs)
  }
  for (const [index, attempt] of history.attempts.entries()) {
    // A later attempt of the same events shows that the sender is done with this one.
    const later = history.attempts.slice(index + 1)
    if (attempt.marks.length > 0 && attempt.marks.every((mark) => bears(later, mark))) continue
    const {at, ms, owed} = nextOf(attempt, history, target)
    if (owed) waiting = true
    expect(owed ? Math.max(at, heldUntil) : at, Math.max(ms, quietMs))
  }
  const restarted = only(trace, 'restarted').at(-1)
  // A failure just before the end may be forgotten, so that a whole delay begins anew.
  const recoveryMs = waiting
    ? (target.webhook?.recoveryMs ?? 0) + longestDelayMs(target) + deliverMs + 2 * slackMs
    : 0
  if (restarted) expect(restarted.at, recoveryMs + quietMs)
  return {lastAt, dueAt}
}

/** How long the declared schedule can go on for one event at the most, in ms: a bound for waiting. */
export function scheduleMs(target: Target): number {
  const {retry, ack, recoveryMs} = target.webhook ?? {}
  const timeout = (ack?.timeoutMs ?? target.limits.deliverMs) * surelyLate
  // A schedule without end is watched for two rounds of its last delay.
  const declared = (retry?.delaysMs.length ?? 0) + 1
  const attempts = Math.min(retryLimit(target), declared + (retry?.repeatLast ? 2 : 0))
  let sum = timeout + target.limits.deliverMs + (recoveryMs ?? 0)
  for (let failures = 1; failures <= attempts; failures += 1) {
    sum += timeout + Math.max(retryMs(target, failures), longestRetryAfterMs(target))
  }
  return sum + 2 * lastDelayMs(target, attempts)
}

/** The longest time that a sender which goes on trying keeps silent, in ms. */
export function longestSilenceMs(target: Target): number {
  const {ack} = target.webhook ?? {}
  return 2 * Math.max(target.limits.quietMs, ack?.timeoutMs ?? 0, longestDelayMs(target))
}

function longestDelayMs(target: Target): number {
  const delays = target.webhook?.retry?.delaysMs ?? []
  return Math.max(0, ...delays.map((_, index) => retryMs(target, index + 1)))
}

/** The last that was seen of any event, where one that is retried may hold up those behind it. */
function heldUpUntil({attempts, replied, ends}: History, {webhook}: Target): number {
  if (!webhook?.headOfLine) return 0
  const mine = new Set(attempts.map(({conn}) => conn))
  const last = [...attempts, ...replied, ...ends.filter(({conn}) => mine.has(conn))]
  return Math.max(0, ...last.map(({at}) => at))
}

interface History {
  readonly attempts: readonly FactOf<'attempt'>[]
  readonly replied: readonly FactOf<'replied'>[]
  readonly ends: readonly (FactOf<'fin'> | FactOf<'reset'>)[]
}

function historyOf(trace: Trace, client: string): History {
  const mine = (fact: {client: string}): boolean => fact.client === client
  return {
    attempts: only(trace, 'attempt').filter(mine),
    replied: only(trace, 'replied').filter(mine),
    ends: [...only(trace, 'fin'), ...only(trace, 'reset')],
  }
}

/** From when on, and for how long, the next attempt after this one may come. */
function nextOf(
  attempt: FactOf<'attempt'>,
  history: History,
  target: Target,
): {at: number; ms: number; owed: boolean} {
  const reply = history.replied.find(
    (fact) => fact.attempt === attempt.attempt && same(fact, attempt),
  )
  const end = history.ends.find((fact) => fact.conn === attempt.conn && fact.at >= attempt.at)
  // What is owed may be late on a busy machine; it counts as missing only after this.
  const owed = isOwedMore(attempt, reply, target)
  const owedMs = owed ? target.limits.deliverMs : 0
  const retry = 2 * lastDelayMs(target, attempt.attempt) + owedMs
  // Nothing was said: the sender notices at its own timeout, and only then its delay begins.
  if (!reply || reply.how === 'silent') {
    const timeout = (target.webhook?.ack.timeoutMs ?? target.limits.deliverMs) * surelyLate
    const at = end?.at ?? attempt.at
    return {at, ms: end ? retry : timeout + retry, owed}
  }
  return {at: reply.at, ms: Math.max(retry, 2 * retryAfterMs(reply, target.webhook)), owed}
}

/** Whether one more attempt has to come: this one failed, and the schedule goes on. */
function isOwedMore(
  attempt: FactOf<'attempt'>,
  reply: FactOf<'replied'> | undefined,
  target: Target,
): boolean {
  const {webhook} = target
  if (!webhook || attempt.attempt >= retryLimit(target)) return false
  if (reply?.how !== 'complete' || reply.status === undefined) return true
  const final = [...webhook.ack.statuses, ...(webhook.retry?.permanent ?? [])]
  return !statusIn(final, reply.status)
}

function bears(attempts: readonly FactOf<'attempt'>[], mark: string): boolean {
  return attempts.some((attempt) => attempt.marks.includes(mark))
}

function same(reply: FactOf<'replied'>, attempt: FactOf<'attempt'>): boolean {
  return reply.conn === attempt.conn && reply.at >= attempt.at
}

/** The longest delay that may follow attempt `number`, or the one before it where none may follow: one attempt too many would come by then. */
function lastDelayMs(target: Target, number: number): number {
  const retry = target.webhook?.retry
  if (!retry) return 0
  const hidden = retry.hiddenResends
  for (let failures = number; failures > 0; failures -= 1) {
    const ms = retryMs(target, failures)
    if (ms > 0) return Math.max(ms, retryMs(target, Math.max(1, failures - hidden)))
  }
  return (retry.delaysMs.at(-1) ?? 0) * (1 + retry.jitter.up) + retry.pollMs + retry.slackMs
}

function retryAfterMs(reply: FactOf<'replied'>, webhook: WebhookEndpoint | undefined): number {
  const rule = webhook?.retry?.retryAfter
  if (!webhook?.retry || !rule || rule === 'ignored' || reply.retryAfter === undefined) return 0
  if (reply.status === undefined || !statusIn(rule.statuses, reply.status)) return 0
  return Math.min(Number(reply.retryAfter) * 1000, rule.capMs) * (1 + webhook.retry.jitter.up)
}

function longestRetryAfterMs(target: Target): number {
  const rule = target.webhook?.retry?.retryAfter
  return rule && rule !== 'ignored' ? rule.capMs : 0
}

function retryLimit(target: Target): number {
  const attempts = target.webhook?.retry?.maxAttempts ?? 1
  return attempts === 'inf' ? Number.POSITIVE_INFINITY : attempts
}
