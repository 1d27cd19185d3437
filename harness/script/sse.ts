import {
  describeCommon,
  describeCursor,
  describeCut,
  describeTiming,
  type Cut,
  type CursorRef,
  type Leave,
  type Timing,
} from './common.ts'

/** Opens an event stream; a client that was open before leaves first. `cursor: 'last'` sends its last event id. */
export interface OpenSse extends Timing {
  readonly do: 'open'
  readonly client: string
  readonly via: 'sse'
  readonly as?: string
  readonly channel?: string
  readonly cursor?: CursorRef
  readonly over?: 'raw' | 'undici' | 'eventsource'
  readonly node?: number
  readonly accept?: string
  readonly cut?: Cut
}

export type SseStep = OpenSse | Leave

/** One line for a step of an event-stream client. */
export function describeSse(step: SseStep): string {
  if (step.do === 'leave') return describeCommon(step)
  return `${step.client}: open the stream${describeCursor(step.cursor)}${step.over ? ` over ${step.over}` : ''}${step.accept === undefined ? '' : ` accept ${JSON.stringify(step.accept)}`}${describeCut(step.cut)}${describeTiming(step)}`
}
