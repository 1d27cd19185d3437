import type {Target} from '../../target.ts'
import {memo, only, type FactOf, type Trace} from '../../trace.ts'
import {promised} from './delivery.ts'
import {publications, type Publication} from './publications.ts'

/** What came between the two marked neighbours of one bare payload at one reader. */
export interface BareEvent {
  readonly one: Publication
  /** The text that had to come, as the mechanism carries it. */
  readonly expected: string
  /** The unmarked events between the neighbours, in order. */
  readonly between: readonly FactOf<'event'>[]
  readonly before: FactOf<'event'>
  readonly behind: FactOf<'event'>
}

/**
 * Every bare payload whose two neighbours both reached a reader, with what stood between them. On
 * an event stream each CR, LF and CRLF of a raw payload counts as one LF (WHATWG HTML 9.2.6).
 */
export const bareEvents: (trace: Trace, target: Target) => readonly BareEvent[] = memo(
  (trace, target) => {
    const events = only(trace, 'event')
    const clients = new Set(events.map((event) => event.client))
    const bare = publications(trace).filter((one) => one.bare && one.outcome === 'acked')
    return [...clients].flatMap((client) => {
      const mine = events.filter((event) => event.client === client)
      return bare.flatMap((one) => between(one, mine, target) ?? [])
    })
  },
)

function between(
  one: Publication,
  events: readonly FactOf<'event'>[],
  target: Target,
): BareEvent | undefined {
  const neighbour = (name: string): number =>
    events.findIndex((event) => event.mark?.endsWith(`.${one.as}.${name}~`))
  const [from, to] = [neighbour('before'), neighbour('after')]
  const [before, behind] = [events[from], events[to]]
  if (!before || !behind || to < from || before.conn !== behind.conn) return undefined
  const raw = before.via === 'sse' && target.sse?.payload === 'raw'
  return {
    one,
    expected: raw ? asRaw(one.payload) : one.payload,
    between: events.slice(from + 1, to),
    before,
    behind,
  }
}

const asRaw = (payload: string): string => payload.replace(/\r\n?/g, '\n')

/** What is wrong with the first bare payload of `via` that is not there once and exact, among those that `wanted` names. */
export function bareFault(
  trace: Trace,
  target: Target,
  wanted: (bare: BareEvent) => boolean,
):
  | {kind: 'count' | 'altered' | 'injected'; expected: string; saw: string; at: number[]}
  | undefined {
  for (const bare of bareEvents(trace, target).filter(wanted)) {
    const own = cameFor(bare, trace, target)
    if (!own) continue
    const {one, expected, between, before, behind} = bare
    const at = [one.fact, ...[before, ...between, behind].map((fact) => trace.indexOf(fact))]
    const [event] = own
    const shown = JSON.stringify(between.map(({id, type, data}) => ({id, type, data})))
    const found = {expected: `one event, ${short(JSON.stringify(expected))}`, saw: short(shown), at}
    if (event && isInjected(bare, event)) return {kind: 'injected', ...found}
    if (own.length !== 1) return {kind: 'count', ...found}
    if (event?.data !== expected) return {kind: 'altered', ...found}
  }
  return undefined
}

/**
 * What came for the payload itself: holes, repeats and orders that the target's claims allow say nothing of the
 * format. Undefined where nothing wrong can be told of it.
 */
function cameFor(
  {before, between, expected}: BareEvent,
  trace: Trace,
  target: Target,
): readonly FactOf<'event'>[] | undefined {
  const promise = promised(target, before.via)
  if (target.claims.ordering === 'none') {
    // Anything may stand there but what nobody said.
    const texts = publications(trace).flatMap((one) => (one.bare ? [one.payload] : []))
    const said = new Set(texts.flatMap((text) => [text, asRaw(text)]))
    const unsaid = between.filter(({data, mark}) => mark === undefined && !said.has(data))
    return unsaid.length > 0 ? unsaid.slice(0, 1) : undefined
  }
  if (promise === 'exactly-once') return between
  const own = between.filter(({mark}) => mark === undefined)
  if (own.length === 0 && promise === 'at-most-once') return undefined
  return own.every(({data}) => data === expected) ? own.slice(0, 1) : own
}

/** Whether a line of the payload set the type or the id of its event, and so is missing from its data. */
function isInjected({one, expected, before}: BareEvent, event: FactOf<'event'>): boolean {
  // Serial ids come to the one in the payload by themselves.
  if (event.data === expected) return false
  const id = /[\r\n]id: ?([^\r\n]*)/.exec(one.payload)?.[1]
  return event.type !== before.type || (id !== undefined && event.id === id)
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 190)}… (${text.length})` : text
}
