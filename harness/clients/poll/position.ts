import {forge, type Forged} from '../../models/forgery.ts'
import type {CursorRef} from '../../script/common.ts'
import type {PollEndpoint} from '../../target.ts'
import {only, type From, type Trace} from '../../trace.ts'
import {placeCursor, type Placing} from '../template.ts'

/** Where a poll asks to go on: as facts tell it, and as the request says it. */
export interface Position {
  readonly from: From
  readonly cursor?: string
  readonly placings: readonly Placing[]
}

/** What a reader knows of its own way. */
export interface Way {
  /** The cursor of the last complete answer. */
  readonly last: string | undefined
  /** What the poll before asked for, unless that was forged. */
  readonly previous: {readonly cursor?: string} | undefined
  /** The channel that it reads, by its name on the target. */
  readonly channel: string
}

/** The position that a reference of a script means now; undefined when it does not resolve. */
export function positionOf(
  ref: CursorRef | undefined,
  way: Way,
  {cursor: {send, start}}: PollEndpoint,
  trace: Trace,
): Position | undefined {
  const outset = start === 'oldest' ? 'start' : 'live'
  const at = (from: From, cursor: string | undefined): Position =>
    cursor === undefined || send.length === 0
      ? {from: from === 'last' ? outset : from, placings: []}
      : {from, cursor, placings: placeCursor(send, cursor)}
  if (ref === undefined || ref === 'last') return at('last', way.last)
  if (ref === 'none') return at(outset, undefined)
  if (ref === 'start') return start === 'oldest' ? at('start', undefined) : undefined
  if (ref === 'same') return way.previous && at('same', way.previous.cursor)
  if ('forged' in ref)
    return forgedPosition(forge(ref.forged, firstPart(way.last, send.length)), way, send)
  const named = cursorNamed(ref.of, way.channel, trace)
  return named === undefined || send.length === 0 ? undefined : at('named', named)
}

/** A compound cursor is forged in its first part. */
function firstPart(cursor: string | undefined, places: number): string | undefined {
  return cursor === undefined || places < 2 ? cursor : (JSON.parse(cursor) as string[])[0]
}

function forgedPosition(
  forged: Forged,
  {last}: Way,
  send: PollEndpoint['cursor']['send'],
): Position | undefined {
  const [first, ...others] = send
  if (!first) return undefined
  const rest = last === undefined || others.length === 0 ? [] : placeCursor(send, last).slice(1)
  const cursor = forged.text ?? forged.escaped.join('&')
  return {from: 'forged', cursor, placings: [{place: first, value: forged}, ...rest]}
}

/**
 * The position behind a named answer, or behind the event that was published under that name: the cursor of an
 * answer that ended with it, or its id where an answer showed that the ids of events are cursors.
 */
function cursorNamed(name: string, channel: string, trace: Trace): string | undefined {
  const requests = new Map(
    only(trace, 'request')
      .filter((fact) => fact.channel === channel)
      .map((fact) => [fact.name, fact]),
  )
  const answers = only(trace, 'answer').filter((fact) => requests.has(fact.request))
  const answer = answers.find((fact) => fact.request === name && fact.ending === 'complete')
  if (answer) return answer.cursor
  const mark = only(trace, 'publishing').find((fact) => fact.as === name)?.mark
  if (mark === undefined) return undefined
  const events = only(trace, 'event').filter((fact) => fact.channel === channel)
  let ids = false
  for (const {request, cursor} of answers) {
    const last = events.findLast((fact) => fact.request === request)
    if (cursor === undefined || !last) continue
    if (last.mark === mark) return cursor
    ids ||= last.id === cursor
  }
  const event = events.find((fact) => fact.mark === mark && fact.request !== undefined)
  return ids ? event?.id : undefined
}
