/** Polls of a trace: each request with its answer, and what a conditional one was compared with. */
import {statusIn, type Target} from '../target.ts'
import {lagIsKnown, lagMs, memo, only, type FactOf, type Trace} from '../trace.ts'
import {deliveryOf, mayBeLost, type Publication} from './delivery/delivery.ts'

/** One poll that was answered, or was not, and was not cut by the client. */
export interface PolledOnce {
  readonly request: FactOf<'request'>
  readonly answer: FactOf<'answer'>
  /** From the last byte of the request to the end of the answer, in ms. */
  readonly tookMs: number
  /** How long the harness itself stood still meanwhile, all in all, in ms: so late its view may be. */
  readonly lagMs: number
  /** Indexes of the two facts. */
  readonly facts: readonly [number, number]
  /** It bore its cursor more than once. */
  readonly repeated: boolean
}

/** Every short poll of a trace in order. */
export const polls: (trace: Trace, target: Target) => readonly PolledOnce[] = memo(
  (trace, target) => {
    const answers = new Map(only(trace, 'answer').map((fact) => [fact.request, fact]))
    const sent = new Map(only(trace, 'sent').map((fact) => [fact.request, fact]))
    return only(trace, 'request').flatMap((request) => {
      const answer = answers.get(request.name)
      if (request.via !== 'poll' || !answer || answer.ending === 'cut') return []
      if (!lagIsKnown(trace, answer.at)) return []
      const from = sent.get(request.name)?.at ?? request.at
      return [
        {
          request,
          answer,
          tookMs: Math.round(answer.at - from),
          lagMs: lagMs(trace, from, answer.at),
          facts: [trace.indexOf(request), trace.indexOf(answer)] as const,
          repeated: request.from === 'forged' && bearsTwice(request, target),
        },
      ]
    })
  },
)

/** Every short poll from a forged cursor that was answered; a redirect that nobody declared answers nothing. */
export function forgedPolls(trace: Trace, target: Target): PolledOnce[] {
  const rule = target.poll?.cursor.onGarbage ?? 'start'
  return polls(trace, target).filter(({request, answer: {class: kind, status = 0}}) => {
    const isDeclared = rule !== 'start' && statusIn(rule.statuses, status)
    const elsewhere = kind === 'undeclared' && statusIn([[300, 399]], status) && !isDeclared
    return request.from === 'forged' && !elsewhere
  })
}

function bearsTwice(request: FactOf<'request'>, target: Target): boolean {
  const [, query = ''] = request.target.split('?')
  const names = [...new URLSearchParams(query).keys()]
  const places = target.poll?.cursor.send ?? []
  return places.some(
    (place) => 'query' in place && names.filter((name) => name === place.query).length > 1,
  )
}

/** A conditional poll with the answer whose tag it bore. */
export interface ConditionalPoll extends PolledOnce {
  readonly tagged: FactOf<'answer'>
  /** Acknowledged events that the tagged answer does not show, although they were visible by now. */
  readonly news: readonly Publication[]
}

/**
 * Every conditional poll whose tag is that of an answer which showed all that was there; where that may have
 * been full, no 304 to it: it stays the same however much is published behind it (RFC 9110 13.1.2).
 */
export function conditionalPolls(trace: Trace, target: Target): ConditionalPoll[] {
  const {links, published} = deliveryOf(trace, target)
  const visibleMs = target.poll?.visibilityMs ?? 0
  return polls(trace, target).flatMap((poll) => {
    const {request, answer} = poll
    if (!request.conditional || answer.ending !== 'complete') return []
    const tagged = only(trace, 'answer').findLast(
      (one) => one.client === request.client && one.at <= request.at && one.etag !== undefined,
    )
    const copy = links.find((link) => tagged && link.fact === trace.indexOf(tagged))
    if (!tagged || !copy || tagged.class === 'unchanged') return []
    const shown = new Set([...copy.base, ...copy.got].map((given) => given.mark))
    const hiddenAt = (at: number): Publication[] =>
      published.filter(
        (one) =>
          one.outcome === 'acked' &&
          one.channel === copy.channel &&
          one.endedAt + visibleMs <= at &&
          (copy.start.from === 'oldest' || one.sentAt > copy.start.readyAt) &&
          !shown.has(one.mark) &&
          !mayBeLost(one, request, links, target),
      )
    // How many events an answer holds is the server's business, and it need not say that there are more.
    const mayBeFull = tagged.more ?? tagged.count > 0
    if (mayBeFull && answer.class === 'unchanged') return []
    if (hiddenAt(copy.askedAt).length > 0) return []
    return [{...poll, tagged, news: hiddenAt(request.at)}]
  })
}
