/** The plain data of the webhook attempts model; all times are ms on one monotonic clock. */

/** Share of the declared timeout up to which an answer is surely in time, and from which surely late (oracles: webhook 6). */
export const surelyInTime = 0.9
export const surelyLate = 1.25

/** Status ranges, both ends included. */
export type StatusRanges = readonly (readonly [from: number, to: number])[]

/** What the target declares about acknowledgement, retries and durability. */
export interface Declared {
  ack: {
    statuses: StatusRanges
    /** What must have arrived for an acknowledgement; undeclared leaves both readings open. */
    ackPoint: 'headers' | 'body' | 'undeclared'
    /** Time limit of one attempt; left out: none is declared, and silence proves nothing. */
    timeoutMs?: number
    /** Time after which an outcome, once known to the sender, survives a crash. */
    commitWithinMs: number
  }
  retry: {
    /** Delay n (from 0) lies between the failure of attempt n + 1 and the start of the next. */
    delaysMs: readonly number[]
    /** The last delay goes on when the list is used up; otherwise the list ends the event. */
    repeatLast: boolean
    maxAttempts: number | 'inf'
    /** Age of the event, from its publish, after which no attempt starts. */
    maxAgeMs?: number
    /** Shares of the delay by which it may be shorter or longer (0.2 = 20 %). */
    jitter: {down: number; up: number}
    pollMs: number
    slackMs: number
    /** An attempt counts as missing only this long after its upper bound; default slackMs. */
    absentMs?: number
    /** Tolerance of lower bounds; default a tenth of the bound, at most 100 ms. */
    earlyMs?: number
    /** Time from the accepted publish to the first attempt, without pollMs and slackMs. */
    firstWithinMs: number
    retryable: {statuses: StatusRanges; network: boolean; timeout: boolean}
    /** Requests that may repeat one attempt after a transport failure, uncounted. */
    hiddenResends: number
    /** Left out: not claimed, so that obeying and ignoring Retry-After are both allowed. */
    retryAfter?: {statuses: StatusRanges; capMs?: number; capDelays?: number}
    /** A longer least delay after some failures (Standard Webhooks advises it for 429, 502, 504). */
    overload?: {statuses: StatusRanges; timeout: boolean; delayMs: number}
  }
  /** Left out: the target claims no durability, and after a crash anything is allowed. */
  durable?: {recoveryMs: number; leaseMs: number}
  /** 'follow' makes the outcome of a 3xx with a Location open. */
  redirect?: 'never' | 'follow'
}

/** One request for the event at the endpoint, and what the receiver did with it. */
export interface Attempt {
  /** The first request byte was read. */
  startAt: number
  /** The earliest time at which the sender may have begun to count its timeout, if it was allowed to attempt then; default startAt. */
  begunAt?: number
  /** When it seems to have come, which is what upper bounds are held against: the harness may have read it later; default startAt. */
  cameAt?: number
  /** The complete head of the final response was handed to the kernel. */
  headAt?: number
  /** The receiver's last act: last response byte handed to the kernel, FIN, or reset. */
  respondedAt?: number
  /** Status of the final response; only when its head was sent completely. */
  status?: number
  /**
   * complete: the whole response; cut: FIN before its end; reset: RST at respondedAt;
   * refused: turned away on accept; silent: no end of the response, and the receiver did not close.
   */
  how: 'complete' | 'cut' | 'reset' | 'refused' | 'silent'
  /** The sender's FIN or RST was seen. */
  senderClosedAt?: number
  location?: string
  /** Delay that a valid Retry-After of this response named, counted from the response. */
  retryAfterMs?: number
}

/** One end of the sender process: signal sent, exit seen, ready again (left out: not yet). */
export interface Crash {
  at: number
  diedAt?: number
  upAt?: number
}

/** Everything known about one event at one endpoint. */
export interface Delivery {
  /** `at` before the request was written, `ackedAt` when its 2xx was read; nothing is owed else. */
  publish: {at: number; outcome: 'acked'; ackedAt: number} | {at: number; outcome: 'unknown'}
  attempts: readonly Attempt[]
  crashes?: readonly Crash[]
  /** Times in which the receiver refused connections, so that attempts could not be seen. */
  blind?: readonly {from: number; to: number}[]
  /** Times, by their start, in which other events may have kept the sender from this one: what falls due then may wait. */
  busy?: readonly {from: number; until: number}[]
  /** The endpoint was deleted, disabled or gone: allowed until `by`, not owed from `from` on. */
  ended?: {from: number; by: number}
  watchedUntil: number
}

/** How one attempt can have failed in the sender's eyes. */
export type FailKind = 'status' | 'timeout' | 'cut' | 'reset' | 'refused'

/** One possible outcome; the sender came to know it between `from` and `to`. */
export type Outcome =
  | {is: 'ack'; from: number; to: number}
  | {is: 'fail'; kind: FailKind; from: number; to: number}
  /** The response sends the sender elsewhere, and the target claims to follow. */
  | {is: 'followed'; from: number; to: number}

/** What an attempt was: one certain kind of outcome, or several that cannot be told apart. */
export interface Classified {
  class: 'ACK' | 'FAIL' | 'AMBIGUOUS'
  outcomes: Outcome[]
}

/** The rules that a delivery can break. */
export type AttemptRule =
  /** An attempt before its lower bound, or while another one is in flight. */
  | 'too-early'
  /** An attempt after a certain acknowledgement. */
  | 'after-ack'
  /** An attempt beyond the declared number or age. */
  | 'too-many'
  /** An attempt after a failure that is declared final, or after the endpoint ended. */
  | 'after-final'
  | 'never-attempted'
  | 'not-retried'
  /** An attempt after its upper bound, yet within absentMs of it (soft: repeat it alone). */
  | 'late'
  /** As never-attempted and not-retried, with a crash in the time of waiting. */
  | 'lost-over-crash'

/** Rules that are broken by what never came: who claims at most once may break them. */
export const lossRules: ReadonlySet<AttemptRule> = new Set([
  'never-attempted',
  'not-retried',
  'lost-over-crash',
])

/** Rules that are broken by what did not come in time: a sender that once stood still breaks them too. */
export const upperRules: ReadonlySet<AttemptRule> = new Set(['late', ...lossRules])

/** One broken rule. */
export interface AttemptProblem {
  rule: AttemptRule
  /** Number of the attempt that should not have been, or should have been (from 1). */
  attempt: number
  expected: string
  saw: string
  /** How the attempt before it failed, where that is known for sure. */
  cause?: {kind: FailKind; status?: number}
  at: number
}

/** The judgement of one delivery. */
export interface AttemptJudgement {
  /** In the order of their start; `number` is null where hidden re-sends leave it open. */
  attempts: (Classified & {number: number | null})[]
  /** In the order of time; at most one for each rule. */
  problems: AttemptProblem[]
  /**
   * Situations reached: attempted, retried:n, acked-at:n, failed:2xx…5xx|timeout|cut|reset|refused,
   * ambiguous, hidden-resend, retry-after, redirect, gave-up, ended-for-good, quiet-after-ack,
   * crash-before-first, crash-while-waiting, crash-in-flight, crash-after-ack, sent-over-crash.
   */
  exercised: ReadonlySet<string>
  /** When the last owed attempt can be called missing; undefined when none is owed. */
  decidedAt: number | undefined
}

/** True when `status` lies in one of the ranges. */
export function inRanges(status: number, ranges: StatusRanges): boolean {
  return ranges.some(([from, to]) => status >= from && status <= to)
}
