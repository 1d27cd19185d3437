/** What an application did with numbered messages of its clients: applied once and in order, or refused aloud. */
import type {Target} from '../../target.ts'
import {indexes, lagIsKnown, lagMs, only, type Fact, type FactOf, type Trace} from '../../trace.ts'
import {broken, held, untried, type Broken, type Verdict} from '../../verdict.ts'

/** How an application fails its numbered messages. */
export type InboxKind =
  | 'applied-twice'
  | 'disordered'
  | 'past-gap'
  | 'refused-applied'
  | 'lost'
  | 'silent'

/** A number of which something is owed: since when, in ms of the trace, and the facts that say so. */
export interface Owed {
  readonly number: number
  readonly since: number
  readonly by: readonly Fact[]
}

type Submitting = FactOf<'submitting'>
type Receipt = FactOf<'receipt'>

/** The acknowledged messages of a channel that must be applied: where order is kept, nothing may be missing before them. */
export function owedToInbox(trace: Trace, channel: string, target: Target): Owed[] {
  const acks = new Map<number, Receipt>()
  for (const fact of only(trace, 'receipt')) {
    const first = fact.channel === channel && fact.outcome === 'acked' && !acks.has(fact.number)
    if (first) acks.set(fact.number, fact)
  }
  const waits = target.claims.outOfOrder === 'reordered'
  return [...acks.values()].flatMap((ack) => {
    const before = waits ? numbersBelow(ack.number).map((number) => acks.get(number)) : []
    if (before.includes(undefined)) return []
    const by = [...before, ack] as Receipt[]
    return [{number: ack.number, since: Math.max(...by.map(({at}) => at)), by}]
  })
}

/**
 * The messages of a connection that wait for an answer, which may come on another connection as well. Where order is
 * kept, one waits only behind those before it.
 */
export function unanswered(trace: Trace, conn: string, target: Target): Owed[] {
  const sent = only(trace, 'submitting').filter((fact) => fact.conn === conn)
  const receipts = only(trace, 'receipt')
  const waits = target.claims.outOfOrder === 'reordered'
  const hereBefore = (number: number): Submitting | undefined =>
    receipts.some((one) => one.conn === conn && one.number === number && one.outcome === 'refused')
      ? undefined
      : sent.find((fact) => fact.number === number)
  return sent.flatMap((fact) => {
    const {at, channel, number} = fact
    const answers = (one: Receipt): boolean =>
      one.conn === conn || (one.channel === channel && one.at >= at)
    if (receipts.some((one) => one.number === number && answers(one))) return []
    const acked = (number: number): boolean =>
      receipts.some(
        (one) => one.channel === channel && one.number === number && one.outcome === 'acked',
      )
    const before = waits ? numbersBelow(number).filter((one) => !acked(one)) : []
    const by = [...before.map(hereBefore), fact]
    if (by.includes(undefined)) return []
    const facts = by as Submitting[]
    return [{number, since: Math.max(...facts.map(({at}) => at)), by: facts}]
  })
}

/**
 * The verdict on the numbered messages of a trace (claim of the target): each is applied at most once, in order and
 * without a gap where that is claimed; what was acknowledged is applied, what was refused is not, and none
 * is passed over in silence.
 */
export function judgeInbox(trace: Trace, target: Target): Verdict<InboxKind> {
  for (const [index, fact] of trace.entries()) {
    if (fact.kind !== 'inbox' && fact.kind !== 'settled') continue
    const past = trace.slice(0, index + 1)
    const found =
      fact.kind === 'settled'
        ? silent(trace, past, fact, target)
        : (applied(past, fact, target) ?? missing(trace, past, fact, target))
    if (found) return found
  }
  const labels = only(trace, 'inbox').flatMap((shown) => labelsOf(trace, shown))
  return labels.length > 0
    ? held(...new Set(labels))
    : untried('no control was read behind numbered messages')
}

const numbersBelow = (number: number): number[] =>
  Array.from({length: number - 1}, (_, index) => index + 1)

/** What the control must never show, whenever it is read. */
function applied(
  past: Trace,
  shown: FactOf<'inbox'>,
  target: Target,
): Broken<InboxKind> | undefined {
  const sent = only(past, 'submitting').filter(({channel}) => channel === shown.channel)
  const numbers = shown.marks.flatMap(
    (mark) => sent.find((fact) => fact.mark === mark)?.number ?? [],
  )
  const saw = `messages ${numbers.join(', ')} applied`
  const fault = (kind: InboxKind, number: number, expected: string): Broken<InboxKind> => {
    const about = sent.filter((fact) => fact.number === number)
    return broken(kind, {expected, saw, at: indexes(past, [...about, shown])})
  }
  const twice = numbers.find((number, index) => numbers.indexOf(number) < index)
  if (twice !== undefined) return fault('applied-twice', twice, `message ${twice} applied once`)
  const refused = numbers.find((number) => wasRefused(past, shown.channel, number))
  if (refused !== undefined)
    return fault('refused-applied', refused, `message ${refused}, which was refused, not applied`)
  if (target.claims.outOfOrder === 'as-it-comes') return undefined
  const late = numbers.find((number, index) => number < Math.max(...numbers.slice(0, index)))
  if (late !== undefined) return fault('disordered', late, 'messages applied in their order')
  const ahead = numbers.find((number, index) => number > index + 1)
  if (ahead === undefined) return undefined
  return fault('past-gap', ahead, `message ${ahead} not applied before those in front of it`)
}

/** Whether every copy of a message was refused. */
function wasRefused(past: Trace, channel: string, number: number): boolean {
  const of = (one: {channel: string; number: number}): boolean =>
    one.channel === channel && one.number === number
  const receipts = only(past, 'receipt').filter(of)
  const copies = only(past, 'submitting').filter(of).length
  return receipts.length >= copies && receipts.every(({outcome}) => outcome === 'refused')
}

/** An acknowledged message that the control does not show, although it had time. */
function missing(
  trace: Trace,
  past: Trace,
  shown: FactOf<'inbox'>,
  target: Target,
): Broken<InboxKind> | undefined {
  const asked = past.filter(({at}) => at <= shown.askedAt)
  for (const {by, number, since} of owedToInbox(asked, shown.channel, target)) {
    const mark = only(past, 'submitting').find(
      (fact) => fact.channel === shown.channel && fact.number === number,
    )?.mark
    if (mark === undefined || shown.marks.includes(mark)) continue
    if (!isOverdue(trace, since, shown.askedAt, target)) continue
    return broken('lost', {
      expected: `message ${number}, which was acknowledged, applied`,
      saw: `the control does not show it`,
      at: indexes(past, [...by, shown]),
      timed: true,
    })
  }
  return undefined
}

/** A message that was not answered on a connection that is open and quiet. */
function silent(
  trace: Trace,
  past: Trace,
  settled: FactOf<'settled'>,
  target: Target,
): Broken<InboxKind> | undefined {
  const conn = only(past, 'handshake').findLast(
    ({client, route}) => client === settled.client && route === 'inbox',
  )?.conn
  if (conn === undefined || past.some((fact) => fact.kind === 'closed' && fact.conn === conn))
    return undefined
  const owed = unanswered(past, conn, target).find(({since}) =>
    isOverdue(trace, since, settled.at, target),
  )
  if (!owed) return undefined
  return broken('silent', {
    expected: `message ${owed.number} acknowledged or refused`,
    saw: 'no answer to it',
    at: indexes(past, [...owed.by, settled]),
    timed: true,
  })
}

function isOverdue(trace: Trace, since: number, at: number, target: Target): boolean {
  const dueAt = since + target.limits.deliverMs
  return at >= dueAt + lagMs(trace, since, at) && lagIsKnown(trace, at)
}

/** The situations that were behind what a control showed. */
function labelsOf(trace: Trace, shown: FactOf<'inbox'>): string[] {
  const sent = only(trace, 'submitting').filter(
    ({at, channel}) => channel === shown.channel && at < shown.askedAt,
  )
  const receipts = only(trace, 'receipt')
  const numbers = sent.map(({number}) => number)
  const label = (name: string, is: boolean): string[] => (is ? [name] : [])
  return [
    ...label('submitted', numbers.length > 0),
    ...label(
      'swapped',
      numbers.some((number, index) => number < Math.max(...numbers.slice(0, index))),
    ),
    ...label('repeated', new Set(numbers).size < numbers.length),
    ...label(
      'skipped',
      numbers.some((number) => numbersBelow(number).some((one) => !numbers.includes(one))),
    ),
    ...label(
      'ack-lost',
      sent.some(
        ({conn, number}, index) =>
          !receipts.some((one) => one.conn === conn && one.number === number) &&
          sent.slice(index).some((again) => again.number === number && again.conn !== conn),
      ),
    ),
  ]
}
