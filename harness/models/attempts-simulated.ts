/** Simulated webhook senders, legal and faulty ones, on which the attempts model is tested. */
import type {Attempt, Declared, Delivery} from './attempts-words.ts'

/** Numbers in [0, 1) that a simulated sender consumes for each free choice; 0 when used up. */
export type Dice = () => number

/** What the receiver does with one attempt, times as shares of the timeout. */
export interface Answer {
  how: Attempt['how']
  status: number | undefined
  headShare: number
  bodyShare: number
  retryAfterMs: number | undefined
}

/** A bug of a simulated sender. */
export type Bug =
  | 'none'
  | 'hasty'
  | 'ignores-ack'
  | 'one-more'
  | 'never-retries'
  | 'never-sends'
  | 'slow'
  | 'forgets'
  | 'retries-final'

/** What a simulated sender lives in. */
export interface World {
  declared: Declared
  answers: readonly Answer[]
  crash: {at: number; downMs: number} | undefined
  blind: {from: number; to: number} | undefined
  /** Other events keep the sender from this one. */
  busy: {from: number; until: number} | undefined
  watchedUntil: number
}

/** The declared timeout of every simulated world. */
export const TIMEOUT_MS = 1_000
const PUBLISHED = {at: 0, outcome: 'acked', ackedAt: 10} as const

/** Plays one sender in virtual time and returns what a harness would have seen of it. */
export function play(world: World, dice: Dice, bug: Bug): Delivery {
  return new Sender(world, dice, bug).play()
}

class Sender {
  private readonly attempts: Attempt[] = []
  private readonly budget: number
  private readonly death: {at: number; diedAt: number; upAt: number} | undefined
  private counted = 0
  private resends = 0
  private due: number
  private crashed = false
  private over = false
  private readonly world: World
  private readonly dice: Dice
  private readonly bug: Bug

  constructor(world: World, dice: Dice, bug: Bug) {
    this.world = world
    this.dice = dice
    this.bug = bug
    const {crash, declared} = world
    const {firstWithinMs, maxAttempts, pollMs, slackMs} = declared.retry
    const diedAt = (crash?.at ?? 0) + 5
    this.death = crash && {at: crash.at, diedAt, upAt: diedAt + crash.downMs}
    this.budget = maxAttempts === 'inf' ? Number.POSITIVE_INFINITY : maxAttempts
    const wait = dice() * (firstWithinMs + pollMs + slackMs)
    this.due = bug === 'never-sends' ? Number.POSITIVE_INFINITY : PUBLISHED.ackedAt + wait
  }

  play(): Delivery {
    const {blind, busy, watchedUntil} = this.world
    this.wait()
    while (!this.over && this.due <= watchedUntil) {
      this.send(this.due)
      this.wait()
    }
    return {
      publish: PUBLISHED,
      attempts: this.attempts,
      ...(this.death && {crashes: [this.death]}),
      ...(blind && {blind: [blind]}),
      ...(busy && {busy: [busy]}),
      watchedUntil,
    }
  }

  private send(startAt: number): void {
    const {answers, blind, declared} = this.world
    if (this.resends === 0) this.counted += 1
    const answer = answers[this.attempts.length % answers.length] ?? FINE
    const unseen = blind !== undefined && startAt >= blind.from && startAt <= blind.to
    const received: Received = unseen
      ? {attempt: {startAt, how: 'refused'}, acked: false, failedAt: startAt, kind: 'refused'}
      : receive(declared, startAt, answer, this.dice)
    const {death} = this
    const flying = death && !this.crashed && startAt <= death.at && received.failedAt > death.at
    const {attempt} = received
    // The dead process closes its connection, and the receiver's answer reaches nobody.
    const closed = flying ? {...attempt, senderClosedAt: death.at} : attempt
    if (!unseen) this.attempts.push(closed)
    if (flying) this.interrupt(death.upAt)
    else this.settle(received)
  }

  private wait(): void {
    this.waitForOthers()
    this.waitOverCrash()
    this.waitForOthers()
  }

  /** Moves what falls into the time of other events behind it; a re-send belongs to the attempt that goes on. */
  private waitForOthers(): void {
    const {busy, declared} = this.world
    if (!busy || this.resends > 0 || this.due < busy.from || this.due >= busy.until) return
    const {firstWithinMs, pollMs, slackMs} = declared.retry
    this.due = busy.until + this.dice() * (firstWithinMs + pollMs + slackMs)
  }

  /** Moves what falls into the crash or waits over it. */
  private waitOverCrash(): void {
    const {death} = this
    if (this.over || !death || this.crashed || this.due <= death.at) return
    if (this.resends > 0) {
      this.interrupt(death.upAt)
      return
    }
    this.crashed = true
    if (this.bug === 'forgets') this.over = true
    const {recoveryMs = 0} = this.world.declared.durable ?? {}
    if (this.due < death.upAt) this.due = death.upAt + this.dice() * recoveryMs
  }

  /** The crash met an attempt that was not over: it is made again, counted or not. */
  private interrupt(upAt: number): void {
    const {recoveryMs = 0, leaseMs = 0} = this.world.declared.durable ?? {}
    this.crashed = true
    this.resends = 0
    this.due = upAt + this.dice() * (recoveryMs + leaseMs)
    if (this.dice() < 0.5) this.counted -= 1
    if (this.bug === 'forgets' || this.counted >= this.budget) this.over = true
  }

  /** Decides what follows an outcome: the end, a hidden re-send, or a retry. */
  private settle(received: Received): void {
    const {retry} = this.world.declared
    const {acked, attempt, failedAt, kind} = received
    const transport = kind === 'cut' || kind === 'reset' || kind === 'refused'
    if (!acked && transport && this.resends < retry.hiddenResends && this.dice() < 0.5) {
      this.resends += 1
      this.due = failedAt + this.dice() * 900
      return
    }
    this.resends = 0
    const final = kind === 'status' && !acked && (attempt.status ?? 0) < 500
    this.over =
      (acked && this.bug !== 'ignores-ack') ||
      (final && this.bug !== 'retries-final') ||
      this.bug === 'never-retries' ||
      this.counted >= this.budget + (this.bug === 'one-more' ? 1 : 0)
    this.due = failedAt + this.delay(received)
  }

  private delay({attempt, kind}: Received): number {
    const {delaysMs, jitter, pollMs, slackMs} = this.world.declared.retry
    const delayMs = delaysMs[this.counted - 1] ?? delaysMs.at(-1) ?? 0
    if (this.bug === 'hasty') return delayMs * 0.3
    if (this.bug === 'slow') return delayMs * (1 + jitter.up) + pollMs + slackMs * 1.5
    const wait = delayMs * (1 - jitter.down + this.dice() * (jitter.down + jitter.up))
    const named = kind === 'status' ? (attempt.retryAfterMs ?? 0) : 0
    const longest = Math.max(wait, named * (1 + this.dice() * jitter.up))
    return longest + this.dice() * (pollMs + slackMs)
  }
}

/** Acknowledges at once. */
export const FINE: Answer = {
  how: 'complete',
  status: 204,
  headShare: 0,
  bodyShare: 0,
  retryAfterMs: undefined,
}

interface Received {
  attempt: Attempt
  acked: boolean
  failedAt: number
  kind: 'status' | 'timeout' | 'cut' | 'reset' | 'refused'
}

/** One attempt as the receiver writes it down and as the sender takes it. */
function receive(declared: Declared, startAt: number, answer: Answer, dice: Dice): Received {
  const headAt = startAt + answer.headShare * TIMEOUT_MS
  const endAt = headAt + answer.bodyShare * TIMEOUT_MS
  // The sender's own timer may be anywhere in the grey zone around the declared timeout.
  const givesUpAt = startAt + TIMEOUT_MS * (0.92 + dice() * 0.3)
  const {how, status} = answer
  const lost = (at: number, kind: Received['kind'], attempt: Attempt): Received => ({
    attempt,
    acked: false,
    failedAt: at,
    kind,
  })
  const seen: Attempt = {startAt, how}
  if (how === 'refused') return lost(startAt, 'refused', {...seen, respondedAt: startAt})
  const gaveUp = (attempt: Attempt): Received =>
    lost(givesUpAt, 'timeout', {
      ...attempt,
      ...(dice() < 0.8 && {senderClosedAt: givesUpAt}),
    })
  if (status === undefined) {
    if (how === 'silent') return gaveUp(seen)
    const cut: Attempt = {...seen, how: how === 'complete' ? 'cut' : how, respondedAt: headAt}
    const kind = cut.how === 'reset' ? 'reset' : 'cut'
    return headAt < givesUpAt ? lost(headAt, kind, cut) : gaveUp(cut)
  }
  const answered: Attempt = {
    ...seen,
    headAt,
    status,
    ...(how !== 'silent' && {respondedAt: endAt}),
    ...(answer.retryAfterMs !== undefined && {retryAfterMs: answer.retryAfterMs}),
  }
  if (headAt >= givesUpAt) return gaveUp(answered)
  const ackable = status >= 200 && status < 300
  const atHead =
    declared.ack.ackPoint === 'headers' ||
    (declared.ack.ackPoint === 'undeclared' && dice() < 0.5) ||
    (!ackable && dice() < 0.5)
  // A reset may throw away a head that was sent, so that the sender never sees it.
  if (how === 'reset' && endAt < givesUpAt && dice() < 0.5) return lost(endAt, 'reset', answered)
  if (atHead) return {attempt: answered, acked: ackable, failedAt: headAt, kind: 'status'}
  if (how === 'silent' || endAt >= givesUpAt) return gaveUp(answered)
  if (how === 'complete') {
    return {attempt: answered, acked: ackable, failedAt: endAt, kind: 'status'}
  }
  return lost(endAt, how === 'reset' ? 'reset' : 'cut', answered)
}
