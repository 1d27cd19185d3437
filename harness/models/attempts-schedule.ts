import {inRanges, type Attempt, type Declared, type FailKind} from './attempts-words.ts'

/** When the next attempt may start, counted in ms from the moment the failure was known. */
export interface RetryWindow {
  lowMs: number
  highMs: number
}

/** What happens after failed attempt `number`: a retry in a window, or the end. */
export type Next = {is: 'retry'; window: RetryWindow} | {is: 'end'; why: 'permanent' | 'budget'}

/** The transport failures: those that an HTTP client may repeat unseen by the schedule. */
export function isTransportFailure(kind: FailKind): boolean {
  return kind === 'cut' || kind === 'reset' || kind === 'refused'
}

/** Decides by the declarations what follows when attempt `number` (from 1) failed with `kind`. */
export function nextAfter(
  declared: Declared,
  number: number,
  kind: FailKind,
  attempt?: Attempt,
): Next {
  if (!isRetryable(declared, kind, attempt?.status)) return {is: 'end', why: 'permanent'}
  const {maxAttempts} = declared.retry
  const delayMs = delayAfter(declared, number)
  if (delayMs === undefined || (maxAttempts !== 'inf' && number >= maxAttempts)) {
    return {is: 'end', why: 'budget'}
  }
  return {is: 'retry', window: windowFor(declared, delayMs, kind, attempt)}
}

/** The declared delay in ms between attempt `number` (from 1) and the next; undefined: no next. */
export function delayAfter(declared: Declared, number: number): number | undefined {
  const {delaysMs, repeatLast} = declared.retry
  return delaysMs[number - 1] ?? (repeatLast ? delaysMs.at(-1) : undefined)
}

/**
 * The longest time in ms after a failed or acknowledged attempt `number` in which another one
 * could still come: how long silence must be watched before it says anything.
 */
export function quietAfterMs(declared: Declared, number: number): number {
  const delayMs = delayAfter(declared, number) ?? declared.retry.delaysMs.at(-1) ?? 0
  return windowFor(declared, delayMs, 'status').highMs
}

function isRetryable(declared: Declared, kind: FailKind, status: number | undefined): boolean {
  const {retryable} = declared.retry
  if (kind === 'timeout') return retryable.timeout
  if (kind !== 'status') return retryable.network
  return status !== undefined && inRanges(status, retryable.statuses)
}

function windowFor(
  declared: Declared,
  delayMs: number,
  kind: FailKind,
  attempt?: Attempt,
): RetryWindow {
  const {jitter, retryAfter} = declared.retry
  let low = delayMs * (1 - jitter.down)
  let longest = delayMs
  const overloadMs = overloadDelay(declared, kind, attempt?.status)
  if (overloadMs !== undefined) {
    low = Math.max(low, overloadMs * (1 - jitter.down))
    longest = Math.max(longest, overloadMs)
  }
  const namedMs = attempt?.retryAfterMs
  if (namedMs !== undefined && kind === 'status') {
    const cap = Math.min(
      retryAfter?.capMs ?? Number.POSITIVE_INFINITY,
      (retryAfter?.capDelays ?? Number.POSITIVE_INFINITY) * delayMs,
    )
    const claimed = retryAfter !== undefined && inRanges(attempt?.status ?? 0, retryAfter.statuses)
    // RFC 9110 section 10.2.3; beyond the cap a target may as well fall back to its schedule.
    if (claimed && namedMs <= cap) low = Math.max(low, namedMs)
    longest = Math.max(longest, Math.min(namedMs, cap))
  }
  return {lowMs: low - earlyMs(declared, low), highMs: high(declared, longest)}
}

function overloadDelay(declared: Declared, kind: FailKind, status?: number): number | undefined {
  const {overload} = declared.retry
  if (!overload) return undefined
  const applies = kind === 'timeout' ? overload.timeout : inRanges(status ?? 0, overload.statuses)
  return applies ? overload.delayMs : undefined
}

function high({retry}: Declared, delayMs: number): number {
  return delayMs * (1 + retry.jitter.up) + retry.pollMs + retry.slackMs
}

function earlyMs({retry}: Declared, lowMs: number): number {
  return retry.earlyMs ?? Math.min(100, lowMs / 10)
}
