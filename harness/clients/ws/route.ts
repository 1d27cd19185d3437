import type {CursorRef} from '../../script/common.ts'
import type {OpenWs} from '../../script/ws.ts'
import {forge} from '../../models/forgery.ts'
import type {From} from '../../trace.ts'
import type {Play} from '../driver.ts'
import {fillPath} from '../template.ts'
import type {Asked} from './subscription.ts'

/** The positions that a reader knows of. */
export interface Positions {
  readonly lastId: string | undefined
  readonly sentCursor: string | undefined
  /** The resume position that a publish or an answer of that name stands for. */
  idOf(name: string): string | undefined
}

/** Where a request asks to go on. */
interface Position {
  readonly from: From
  readonly cursor?: string
}

/**
 * The request target of a route, its channel and cursor filled in and percent-encoded; undefined when
 * the cursor's reference does not resolve, or a forged one cannot be said there.
 */
export function routeTarget(
  play: Play,
  path: string,
  step: OpenWs,
  positions: Positions,
): Asked | undefined {
  const channel = play.channel(step.channel)
  const position = positionOf(step.cursor, positions)
  if (!position) return undefined
  const unknown = step.handshake?.path === 'unknown'
  const target = unknown
    ? `/pushspec-unknown-${play.marks.nonce}`
    : fillPath(path, {channel, ...position})
  return {...position, path: target, channel}
}

function positionOf(ref: CursorRef | undefined, known: Positions): Position | undefined {
  if (ref === undefined || ref === 'none') return {from: 'live'}
  if (ref === 'start') return {from: 'start'}
  if (ref === 'last') return at('last', known.lastId)
  if (ref === 'same') return at('same', known.sentCursor)
  if ('forged' in ref) {
    const {text} = forge(ref.forged, known.lastId)
    return text === undefined ? undefined : {from: 'forged', cursor: text}
  }
  const id = known.idOf(ref.of)
  return id === undefined ? undefined : {from: 'named', cursor: id}
}

function at(from: From, cursor: string | undefined): Position {
  return cursor === undefined ? {from} : {from, cursor}
}
