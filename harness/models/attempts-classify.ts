import {
  inRanges,
  surelyInTime,
  surelyLate,
  type Attempt,
  type Classified,
  type Declared,
  type FailKind,
  type Outcome,
} from './attempts-words.ts'

/** Beyond the share: how much later the close of a sender that gave up may be seen. */
const CLOSE_SEEN_MS = 1_000

/**
 * What one attempt was, from what the receiver did and the declarations alone. Every doubt stays
 * open: answers near the timeout, resets after a response, body trouble without an ackPoint.
 */
export function classify(attempt: Attempt, declared: Declared): Classified {
  const outcomes = followed(attempt, declared) ?? outcomesOf(attempt, declared)
  const acks = outcomes.filter((outcome) => outcome.is === 'ack').length
  const fails = outcomes.filter((outcome) => outcome.is === 'fail').length
  if (acks === outcomes.length) return {class: 'ACK', outcomes}
  return {class: fails === outcomes.length ? 'FAIL' : 'AMBIGUOUS', outcomes}
}

function followed(attempt: Attempt, declared: Declared): Outcome[] | undefined {
  const {status, location} = attempt
  if (declared.redirect !== 'follow' || location === undefined) return undefined
  if (status === undefined || status < 300 || status > 399) return undefined
  return [{is: 'followed', from: attempt.startAt, to: Number.POSITIVE_INFINITY}]
}

function outcomesOf(attempt: Attempt, declared: Declared): Outcome[] {
  const {status, startAt} = attempt
  const last = attempt.respondedAt ?? startAt
  if (attempt.how === 'refused') return [fail('refused', startAt, last)]
  if (status === undefined) return headless(attempt, declared)
  const head = attempt.headAt ?? attempt.respondedAt ?? startAt
  const readable = inTime(attempt, declared, head)
  if (readable === 'never') return [timedOut(attempt, declared)]
  const read = inRanges(status, declared.ack.statuses)
    ? ackable(attempt, declared, head)
    : refusal(attempt, declared, head)
  return readable === 'surely' ? read : [...read, timedOut(attempt, declared)]
}

/** No complete head was sent, so that no status can count (RFC 9112 section 8). */
function headless(attempt: Attempt, declared: Declared): Outcome[] {
  const end = attempt.respondedAt
  if (attempt.how === 'silent' || end === undefined) return [timedOut(attempt, declared)]
  const kind = attempt.how === 'reset' ? 'reset' : 'cut'
  const readable = inTime(attempt, declared, end)
  if (readable === 'never') return [timedOut(attempt, declared)]
  const broken = fail(kind, end, end)
  return readable === 'surely' ? [broken] : [broken, timedOut(attempt, declared)]
}

/** The status acknowledges; whether the whole attempt does hangs on ackPoint and on the body. */
function ackable(attempt: Attempt, declared: Declared, head: number): Outcome[] {
  const {ackPoint} = declared.ack
  const end = Math.max(head, attempt.respondedAt ?? head)
  const limit = timedOut(attempt, declared)
  const last = attempt.how === 'silent' ? limit.to : Math.min(end, limit.to)
  const ack: Outcome = {is: 'ack', from: head, to: Math.max(head, last)}
  if (ackPoint === 'headers' && attempt.how !== 'reset') return [ack]
  const whole = bodyOutcomes(attempt, declared, end)
  if (ackPoint === 'body') return whole
  // With ackPoint headers the timeout was over when the head arrived.
  const fails = whole.filter((outcome) => outcome.is === 'fail')
  return [ack, ...fails.filter(({kind}) => ackPoint === 'undeclared' || kind !== 'timeout')]
}

/** The outcomes for a sender that wants the complete response, which ended at `end`. */
function bodyOutcomes(attempt: Attempt, declared: Declared, end: number): Outcome[] {
  const timeout = timedOut(attempt, declared)
  const readable = inTime(attempt, declared, end)
  if (attempt.how === 'silent' || readable === 'never') return [timeout]
  const ack: Outcome = {is: 'ack', from: end, to: end}
  // A reset may discard what the sender has not read yet, whatever the ackPoint is.
  const read = attempt.how === 'reset' ? [ack, fail('reset', end, end)] : [ack]
  const outcomes = attempt.how === 'cut' ? [fail('cut', end, end)] : read
  return readable === 'surely' ? outcomes : [...outcomes, timeout]
}

/** The status does not acknowledge: the sender may decide at the head or read the body first. */
function refusal(attempt: Attempt, declared: Declared, head: number): Outcome[] {
  const limit = timedOut(attempt, declared)
  const last = Math.max(head, limit.to)
  if (attempt.how === 'silent') return [fail('status', head, last), limit]
  const end = Math.max(head, attempt.respondedAt ?? head)
  const readable = inTime(attempt, declared, end)
  const read = [fail('status', head, Math.min(end, last))]
  const broken = attempt.how === 'cut' || attempt.how === 'reset' ? attempt.how : undefined
  if (broken && readable !== 'never') read.push(fail(broken, end, end))
  return readable === 'surely' ? read : [...read, limit]
}

/** Whether something handed over at `at` was there before the sender stopped waiting. */
function inTime(attempt: Attempt, declared: Declared, at: number): 'surely' | 'maybe' | 'never' {
  const {startAt, senderClosedAt: closed} = attempt
  const {timeoutMs = Number.POSITIVE_INFINITY} = declared.ack
  if (at - startAt >= timeoutMs * surelyLate) return 'never'
  if (closed !== undefined && closed < at) return gaveUp(attempt, declared) ? 'never' : 'maybe'
  return at - begun(attempt) <= timeoutMs * surelyInTime ? 'surely' : 'maybe'
}

/** When the timeout may have begun: a sender that is short of time connects long before it writes. */
function begun({begunAt, startAt}: Attempt): number {
  return begunAt ?? startAt
}

/** A close near the timeout means that the sender gave up; an earlier FIN may be a half-close. */
function gaveUp(attempt: Attempt, declared: Declared): boolean {
  const {senderClosedAt} = attempt
  const {timeoutMs = Number.POSITIVE_INFINITY} = declared.ack
  return senderClosedAt !== undefined && senderClosedAt >= begun(attempt) + timeoutMs * surelyInTime
}

/** The sender gave up: at its close where that was seen (it may be seen late), else around then. */
function timedOut(attempt: Attempt, declared: Declared): Outcome & {is: 'fail'} {
  const {startAt, senderClosedAt: closed} = attempt
  const {timeoutMs = Number.POSITIVE_INFINITY} = declared.ack
  const from =
    closed === undefined
      ? begun(attempt) + timeoutMs * surelyInTime
      : Math.min(closed, begun(attempt) + timeoutMs)
  // Bounded although the close was seen later: what is owed must not move with later facts.
  const limit = startAt + timeoutMs * surelyLate + CLOSE_SEEN_MS
  const end = gaveUp(attempt, declared) ? Math.min(closed ?? limit, limit) : limit
  // Without any declared limit the sender may have one of its own, at any time.
  return fail('timeout', Number.isFinite(from) ? from : startAt, end + declared.retry.slackMs)
}

function fail(kind: FailKind, from: number, to: number): Outcome & {is: 'fail'} {
  return {is: 'fail', kind, from, to}
}
