/**
 * The one delivery oracle: what each reader was owed, held against what it was given,
 * for all mechanisms (oracles: poll S1 to S7, sse R0 to R13). Doubt is always in the server's favour.
 */
import {lagIsKnown, lagMs, memo, only, type Trace} from '../../trace.ts'
import type {Delivery, Mechanism, Target} from '../../target.ts'
import {disagreement, disorder} from './order.ts'
import {publications, type Publication} from './publications.ts'
import {links, type Given, type Link} from './views.ts'

export type {Link} from './views.ts'
export type {Publication} from './publications.ts'

export type ProblemKind = 'lost' | 'repeated' | 'invented' | 'disordered'

/** When a lost or repeated event was published, seen from the link that shows the problem. */
export type Where = 'away' | 'seam' | 'cut' | 'live'

/** Something wrong with what one reader was given. */
export interface Problem {
  readonly kind: ProblemKind
  readonly where: Where
  readonly link: Link
  readonly expected: string
  readonly saw: string
  /** Indexes of the proving facts. */
  readonly at: readonly number[]
}

/** One reader at one position that has been judged to the end: it was settled, and what was owed can be demanded. */
export interface Settled {
  readonly link: Link
  readonly at: number
  /** What had to be there by then. */
  readonly owed: readonly Publication[]
  /** All that was acknowledged for this reader is there, whether it had to be by then or not. */
  readonly whole: boolean
}

export interface DeliveryReport {
  readonly published: readonly Publication[]
  readonly links: readonly Link[]
  readonly settled: readonly Settled[]
  readonly problems: readonly Problem[]
}

/** Judges the delivery of a whole trace once, for all readers. */
export const deliveryOf: (trace: Trace, target: Target) => DeliveryReport = memo(judge)

function judge(trace: Trace, target: Target): DeliveryReport {
  const published = publications(trace)
  const all = links(trace, target)
  const settled = settledLinks(trace, target, all, published)
  const judged = new Judged(trace, target, published)
  return {
    published,
    links: all,
    settled,
    problems: [
      ...all.flatMap((link) => judged.invented(link)),
      ...all.flatMap((link) => judged.repeated(link)),
      ...all.flatMap((link) => judged.disordered(link)),
      ...judged.disagreeing(all),
      ...settled.flatMap((one) => judged.lost(one)),
    ],
  }
}

/** What the target promises of repeats and holes for a mechanism; a claim of nothing is a promise of at least once. */
export function promised(target: Target, via: string): Delivery {
  return target.claims.delivery[via as Mechanism] ?? 'at-least-once'
}

/** Whether the claims let a client never be given an event: what reached it in no answer and on no stream may be lost. */
export function mayBeLost(
  {mark}: Publication,
  {client, via}: {readonly client: string; readonly via: string},
  all: readonly Link[],
  target: Target,
): boolean {
  if (promised(target, via) !== 'at-most-once') return false
  return !all.some((link) => link.client === client && link.got.some((one) => one.mark === mark))
}

/** Every `settled` fact with the link it speaks of and what that link was owed by then. */
function settledLinks(
  trace: Trace,
  target: Target,
  all: readonly Link[],
  published: readonly Publication[],
): Settled[] {
  const found: Settled[] = []
  for (const fact of only(trace, 'settled')) {
    const link = all.findLast((link) => link.client === fact.client && link.readyAt <= fact.at)
    if (!link || !lagIsKnown(trace, fact.at)) continue
    if (link.poll ? !link.empty : link.endedAt < fact.at) continue
    const wanted = published.filter((one) => one.endedAt <= fact.at && isForReader(one, link))
    const owed = wanted.filter((one) => isDue(one, link, fact.at, trace, target))
    const given = new Set([...link.base, ...link.got].map((one) => one.mark))
    found.push({link, at: fact.at, owed, whole: wanted.every((one) => given.has(one.mark))})
  }
  return found
}

function isForReader(one: Publication, link: Link): boolean {
  if (one.outcome !== 'acked' || one.bare || one.channel !== link.channel) return false
  return link.start.from === 'oldest' || one.sentAt > link.start.readyAt
}

function isDue(one: Publication, link: Link, at: number, trace: Trace, target: Target): boolean {
  if (link.poll) {
    const via = link.via === 'longpoll' ? target.longpoll : target.poll
    return one.endedAt + (via?.visibilityMs ?? 0) <= link.askedAt
  }
  const from = Math.max(one.endedAt, link.readyAt)
  return from + target.limits.deliverMs + lagMs(trace, from, at) <= at
}

class Judged {
  readonly #trace: Trace
  readonly #target: Target
  readonly #byMark: ReadonlyMap<string, Publication>

  constructor(trace: Trace, target: Target, published: readonly Publication[]) {
    this.#trace = trace
    this.#target = target
    this.#byMark = new Map(published.map((one) => [one.mark, one]))
  }

  /** Events that nobody published on this channel, that were refused, or that came before they were sent. */
  invented(link: Link): Problem[] {
    return link.got.flatMap((given) => {
      const one = this.#byMark.get(given.mark)
      if (
        one &&
        one.channel === link.channel &&
        one.outcome !== 'refused' &&
        one.sentAt <= given.at
      )
        return []
      const saw = !one
        ? `an event ${given.mark} that was never published`
        : one.outcome === 'refused'
          ? `event ${one.as}, whose publish was refused`
          : one.channel !== link.channel
            ? `event ${one.as} of channel ${one.channel}`
            : `event ${one.as} before it was published`
      return [
        this.#problem('invented', 'live', link, 'only what was published here', saw, [given.fact]),
      ]
    })
  }

  /** Events that this link gave although the reader's position lay behind them, or gave twice. */
  repeated(link: Link): Problem[] {
    const before = new Set(link.base.map((given) => given.mark))
    const seen = new Map<string, Given>()
    const problems: Problem[] = []
    const excused = this.#overlap(link, before)
    for (const [index, given] of link.got.entries()) {
      const twice = seen.get(given.mark)
      if (twice || (before.has(given.mark) && index >= excused)) {
        const one = this.#byMark.get(given.mark)
        const where = twice ? this.#where(one, link) : 'away'
        const saw = twice
          ? `event ${one?.as ?? given.mark} twice on one connection`
          : `event ${one?.as ?? given.mark} again behind its own position`
        const at = twice ? [twice.fact, given.fact] : [link.fact, given.fact]
        problems.push(this.#problem('repeated', where, link, 'each event once', saw, at))
      }
      seen.set(given.mark, given)
    }
    return problems
  }

  /** How many events at the start of a link may repeat what lay before it: an overlap, in order. */
  #overlap(link: Link, before: ReadonlySet<string>): number {
    const via = link.via === 'longpoll' ? this.#target.longpoll : this.#target.poll
    const inclusive = link.poll && via?.cursor.inclusive === true
    const mayRepeat = promised(this.#target, link.via) === 'at-least-once'
    if (!mayRepeat && !inclusive) return 0
    // Without an order there is no start at which repeats would stand.
    if (mayRepeat && this.#target.claims.ordering === 'none') return link.got.length
    const {from, readyAt} = link.start
    const fresh = link.got.findIndex(({mark}) => {
      const sentAt = this.#byMark.get(mark)?.sentAt ?? Infinity
      // An overlap may reach back behind what the reader ever was to be given.
      return !before.has(mark) && (from === 'oldest' || sentAt > readyAt)
    })
    return fresh < 0 ? link.got.length : fresh
  }

  disordered(link: Link): Problem[] {
    const before = new Set(link.base.map((given) => given.mark))
    const given = [...link.base, ...link.got.slice(this.#overlap(link, before))]
    const pair = disorder(given, this.#byMark, this.#target.claims.ordering)
    if (!pair) return []
    const [early, late] = pair
    const expected = `${this.#name(late)} before ${this.#name(early)}, since it was acknowledged before that one was sent`
    const saw = `${this.#name(early)} before ${this.#name(late)}`
    const where = this.#where(this.#byMark.get(late.mark), link)
    return [this.#problem('disordered', where, link, expected, saw, [early.fact, late.fact])]
  }

  /** Readers of one channel that were given the same two events in opposite order. */
  disagreeing(all: readonly Link[]): Problem[] {
    if (this.#target.claims.ordering !== 'total') return []
    const pair = disagreement(all)
    if (!pair) return []
    const {link, other, early, late} = pair
    const expected = `the order that ${other.client} (${other.via}) was given: ${this.#name(late)}, ${this.#name(early)}`
    const saw = `${link.client} (${link.via}) was given ${this.#name(early)}, ${this.#name(late)}`
    return [this.#problem('disordered', 'live', link, expected, saw, [early.fact, late.fact])]
  }

  lost({link, at, owed}: Settled): Problem[] {
    if (promised(this.#target, link.via) === 'at-most-once') return []
    const given = new Set([...link.base, ...link.got].map((one) => one.mark))
    const missing = owed.filter((one) => !given.has(one.mark))
    const settled = this.#trace.findIndex((fact) => fact.kind === 'settled' && fact.at === at)
    return missing.map((one) => {
      const saw = `${one.as} never came (${link.client} was given ${names([...link.base, ...link.got], this.#byMark)})`
      const facts = [one.fact, link.fact, settled]
      const expected = `every acknowledged event, ${one.as} among them`
      return this.#problem('lost', this.#where(one, link), link, expected, saw, facts)
    })
  }

  /** When `one` was published, seen from this link: before it, around its beginning, around the end of the one before, or during it. */
  #where(one: Publication | undefined, link: Link): Where {
    if (!one) return 'live'
    const {endedBefore} = link
    if (one.sentAt >= link.readyAt) return 'live'
    if (endedBefore && one.sentAt < endedBefore.at && endedBefore.at !== Infinity) return 'cut'
    return one.endedAt < link.askedAt ? 'away' : 'seam'
  }

  #name(given: Given): string {
    return this.#byMark.get(given.mark)?.as ?? given.mark
  }

  #problem(
    kind: ProblemKind,
    where: Where,
    link: Link,
    expected: string,
    saw: string,
    at: readonly number[],
  ): Problem {
    return {kind, where, link, expected, saw, at: at.filter((index) => index >= 0)}
  }
}

function names(given: readonly Given[], byMark: ReadonlyMap<string, Publication>): string {
  const all = given.map((one) => byMark.get(one.mark)?.as ?? one.mark)
  if (all.length === 0) return 'nothing'
  return all.length > 12
    ? `${all.slice(0, 5).join(' ')} … ${all.slice(-5).join(' ')}`
    : all.join(' ')
}
