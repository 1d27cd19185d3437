import {forge, type Forged} from '../../models/forgery.ts'
import type {CursorRef} from '../../script/common.ts'
import type {SseEndpoint} from '../../target.ts'
import {only, type From, type Trace} from '../../trace.ts'

/** Where a stream is asked to go on. */
export interface Position {
  readonly from: From
  /** As facts tell it; absent for the server's default. */
  readonly cursor?: string
  /** As it is sent. */
  readonly value?: string | Forged
  /** What was published after this is owed, in ms of the trace; absent: after the stream is ready, or as before. */
  readonly owedSince?: number
}

/** What a reader knows of its own way. */
export interface Way {
  /** Its last event id (HTML 9.2.2), '' for none. */
  readonly last: string
  /** What it asked for before, unless that was forged. */
  readonly previous: {readonly cursor?: string} | undefined
  /** The channel that it reads, by its name on the target. */
  readonly channel: string
}

/** The position that a reference of a script means now; undefined when it does not resolve. */
export function positionOf(
  ref: CursorRef | undefined,
  way: Way,
  {initial}: SseEndpoint,
  trace: Trace,
): Position | undefined {
  if (ref === undefined || ref === 'none') return outset(initial)
  if (ref === 'start') return initial === 'oldest' ? outset(initial) : undefined
  if (ref === 'last') return at('last', way.last)
  if (ref === 'same') return way.previous && at('same', way.previous.cursor ?? '')
  if ('forged' in ref) {
    const value = forge(ref.forged, way.last === '' ? undefined : way.last)
    return {from: 'forged', cursor: value.text ?? value.escaped.join('&'), value}
  }
  return behind(ref.of, way.channel, trace)
}

function outset(initial: SseEndpoint['initial']): Position {
  return initial === 'oldest' ? {from: 'start', owedSince: -Infinity} : {from: 'live'}
}

/** HTML 9.2.4: an empty last event id is not sent. */
function at(from: From, cursor: string): Position {
  return cursor === '' ? {from} : {from, cursor, value: cursor}
}

/** Behind the event that was published under that name, where a stream has shown its id. */
function behind(name: string, channel: string, trace: Trace): Position | undefined {
  const published = only(trace, 'publishing').find((fact) => fact.as === name)
  const event = only(trace, 'event').find(
    (fact) =>
      fact.via === 'sse' &&
      fact.channel === channel &&
      fact.mark !== undefined &&
      fact.mark === published?.mark,
  )
  const cursor = event?.cursor ?? event?.id
  if (!published || cursor === undefined) return undefined
  return {...at('named', cursor), owedSince: published.at}
}
