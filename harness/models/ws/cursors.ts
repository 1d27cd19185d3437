/** What a subscription gives for a cursor at an edge: exact data or an explicit signal, never a silent gap. */
import {lagMs, only, type Trace} from '../../trace.ts'
import type {Target} from '../../target.ts'
import {broken, held, untried, type Verdict} from '../../verdict.ts'
import {deliveryOf, promised, type DeliveryReport} from '../delivery/delivery.ts'
import type {Link, ProblemKind, Publication, Settled} from '../delivery/delivery.ts'
import {FrameParser, isControl} from './frames.ts'

/** A gap in the events behind a cursor of which the client is told nothing, beside the kinds of delivery. */
export type CursorKind = ProblemKind | 'silent-gap'

/**
 * The verdict on every WebSocket subscription of a trace that did not simply go on: a named cursor
 * is owed the exact tail; what is no cursor, or is no longer kept, is owed all that the client
 * missed, unless the server says so: by a refusal, by an end, or by any message that is no event.
 */
export function judgeCursors(trace: Trace, target: Target): Verdict<CursorKind> {
  const report = deliveryOf(trace, target)
  const problem = report.problems.find(({link, kind}) => isAtEdge(link) && kind !== 'disordered')
  if (problem) {
    const {kind, expected, saw, at} = problem
    return broken(kind, {expected, saw, at})
  }
  for (const settled of report.settled) {
    const gap = silentGap(trace, target, report, settled)
    if (gap) return gap
  }
  const labels = [...refusals(trace), ...report.settled.flatMap((one) => labelsOf(one, report))]
  return labels.length > 0
    ? held(...new Set(labels))
    : untried('no subscription asked to go on at an edge')
}

/** Everything but a client's own way: its last event while the target claims to keep what follows. */
function isAtEdge({via, from, guaranteed}: Link): boolean {
  if (via !== 'ws') return false
  return (
    from === 'named' || from === 'same' || from === 'forged' || (from === 'last' && !guaranteed)
  )
}

function silentGap(
  trace: Trace,
  target: Target,
  report: DeliveryReport,
  {link, at}: Settled,
): Verdict<CursorKind> | undefined {
  const unknown = link.from === 'forged' || (link.from === 'last' && !link.guaranteed)
  if (link.via !== 'ws' || !unknown || promised(target, 'ws') === 'at-most-once') return undefined
  const dueAt = link.readyAt + target.limits.deliverMs + lagMs(trace, link.readyAt, at)
  if (at < dueAt || isTold(trace, link)) return undefined
  const got = new Set(link.got.map((one) => one.mark))
  const lost = missedBy(link, report).find((one) => !got.has(one.mark))
  if (!lost) return undefined
  return broken('silent-gap', {
    expected: `${lost.as}, which ${link.client} had missed, or a word that it is not there`,
    saw: `a subscription that is open and says nothing of ${lost.as}`,
    at: [lost.fact, link.fact],
  })
}

/** What was acknowledged behind the last event that the client was given, and before it asked. */
function missedBy(link: Link, {links, published}: DeliveryReport): Publication[] {
  const before = links.filter(
    (one) => one.client === link.client && one.channel === link.channel && one.fact < link.fact,
  )
  const given = new Set(before.flatMap((one) => one.got.map((got) => got.mark)))
  const last = Math.max(
    ...published.filter((one) => given.has(one.mark)).map((one) => one.sentAt),
    before[0]?.readyAt ?? Infinity,
  )
  return published.filter(
    (one) =>
      one.outcome === 'acked' &&
      !one.bare &&
      one.channel === link.channel &&
      one.sentAt > last &&
      one.endedAt < link.askedAt,
  )
}

/** Whether the connection gave a data message that is no event of this run. */
function isTold(trace: Trace, {fact}: Link): boolean {
  const opened = trace[fact]
  if (opened?.kind !== 'opened') return false
  const parser = new FrameParser()
  const from = trace.findIndex((one) => one.kind === 'handshake' && one.conn === opened.conn)
  let messages = 0
  let events = 0
  for (const one of trace.slice(from + 1)) {
    if (one.kind === 'event' && one.conn === opened.conn && one.mark !== undefined) events += 1
    if (one.kind !== 'in' || one.conn !== opened.conn) continue
    for (const {fin, opcode} of parser.push(Buffer.from(one.bytes, 'latin1')))
      if (fin && !isControl(opcode)) messages += 1
  }
  return messages > events
}

/** Cursors that were refused before the upgrade. */
function refusals(trace: Trace): string[] {
  const refused = only(trace, 'handshake').filter(
    ({status}) => status !== undefined && status > 299,
  )
  const conns = new Set(refused.map(({conn}) => conn))
  return only(trace, 'request')
    .filter(({conn, via}) => via === 'ws' && conns.has(conn))
    .flatMap(({from}) => {
      if (from === 'forged') return ['malformed']
      return from === 'named' ? ['foreign'] : []
    })
}

/** The situation of a subscription that was given all that it was owed. */
function labelsOf({link, whole}: Settled, {links, published}: DeliveryReport): string[] {
  if (!whole || !isAtEdge(link)) return []
  if (link.from === 'forged') return ['malformed']
  if (link.from === 'last') return ['expired']
  if (link.base.length === 0) return link.from === 'named' ? ['foreign'] : []
  const behind = published.filter(
    (one) => one.channel === link.channel && one.endedAt < link.askedAt,
  ).length
  const twin = links.some(
    (one) => one !== link && isAtEdge(one) && one.base.length > 0 && overlap(one, link),
  )
  return [
    ...(link.base.length === 1 ? ['first'] : []),
    ...(link.base.length === behind ? ['last'] : []),
    ...(twin ? ['twice'] : []),
  ]
}

function overlap(one: Link, other: Link): boolean {
  return one.askedAt < other.endedAt && other.askedAt < one.endedAt
}
