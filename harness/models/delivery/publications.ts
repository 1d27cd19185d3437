import {only, type Outcome, type Trace} from '../../trace.ts'

/** One publish as the harness knows it. Times are ms of the trace. */
export interface Publication {
  readonly as: string
  readonly mark: string
  readonly by: string
  readonly channel: string
  readonly payload: string
  /** The payload bears no mark; its neighbours do. */
  readonly bare: boolean
  /** Before the first byte went out. */
  readonly sentAt: number
  /** When the answer was read whole; Infinity while there is none. */
  readonly endedAt: number
  /** A publish that has no end yet may still take effect: unknown. */
  readonly outcome: Outcome
  /** Index of the `publishing` fact. */
  readonly fact: number
}

/** All publishes of a trace in the order in which they began. */
export function publications(trace: Trace): Publication[] {
  const ends = new Map(only(trace, 'published').map((fact) => [fact.mark, fact]))
  const all: Publication[] = []
  for (const [index, fact] of trace.entries()) {
    if (fact.kind !== 'publishing') continue
    const end = ends.get(fact.mark)
    all.push({
      as: fact.as,
      mark: fact.mark,
      by: fact.by,
      channel: fact.channel,
      payload: fact.payload,
      bare: fact.bare === true,
      sentAt: fact.at,
      endedAt: end?.at ?? Infinity,
      outcome: end?.outcome ?? 'unknown',
      fact: index,
    })
  }
  return all
}

/** Whether `first` came before `second` for sure: it was acknowledged before the other began (real-time precedence). */
export function precedes(first: Publication, second: Publication): boolean {
  return first.outcome === 'acked' && first.endedAt < second.sentAt
}
