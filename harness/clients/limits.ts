import type {Target} from '../target.ts'

/** The longest that any single thing may take on this target, in ms: an upper bound for waits that normally end early. */
export function longestOf(target: Target): number {
  const {limits, longpoll, webhook} = target
  return Math.max(
    limits.deliverMs,
    limits.headMs,
    limits.handshakeMs,
    longpoll ? holdMs(target) + longpoll.wait.lateMs : 0,
    webhook?.ack.timeoutMs ?? 0,
  )
}

/** The longest hold of a long poll with its jitter, in ms; 0 without one. */
export function holdMs(target: Target): number {
  const wait = target.longpoll?.wait
  return wait ? wait.maxMs * (1 + wait.jitter) : 0
}

/** How long a webhook sender may take until its next attempt after `failures` failed ones, in ms; 0 when there is none. */
export function retryMs(target: Target, failures: number): number {
  const retry = target.webhook?.retry
  if (!retry) return 0
  if (retry.maxAttempts !== 'inf' && failures >= retry.maxAttempts) return 0
  const last = retry.delaysMs.at(-1) ?? 0
  const delay = retry.delaysMs[failures - 1] ?? (retry.repeatLast ? last : 0)
  return delay * (1 + retry.jitter.up) + retry.pollMs + retry.slackMs
}
