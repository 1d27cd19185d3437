/** What any step may carry. */
export interface Timing {
  /** Begin this long after a named instant of an earlier step; without that step, do nothing. */
  readonly after?: After
  /** Start it and go on with the next step; all such steps are joined at the end. */
  readonly background?: true
}

/** A named instant and an offset in ms. A name that no earlier step bears does not resolve. */
export type After = (
  | {readonly publishing: string}
  | {readonly ack: string}
  | {readonly sent: string}
  | {readonly opened: string}
) & {readonly ms: number}

/** The instant that is waited for, and the name of the step that brings it about. */
export function instantOf(after: After): ['publishing' | 'ack' | 'sent' | 'opened', string] {
  if ('publishing' in after) return ['publishing', after.publishing]
  if ('ack' in after) return ['ack', after.ack]
  if ('sent' in after) return ['sent', after.sent]
  return ['opened', after.opened]
}

/** Text as compact data: itself, or a repetition. */
export type Payload = string | {readonly repeat: string; readonly times: number}

/** Publishes one event. `mark: 'around'` leaves the payload bare and publishes plain marked neighbours before and after it. */
export interface Publish extends Timing {
  readonly do: 'publish'
  readonly as: string
  readonly by?: string
  readonly channel?: string
  readonly payload?: Payload
  readonly mark?: 'inside' | 'around'
}

/** Waits for a multiple of one of the target's limits. */
export interface Pause {
  readonly do: 'pause'
  readonly of: 'quiet' | 'hold' | 'deliver' | 'retry' | 'timeout'
  readonly times: number
}

/** Waits until every open client (or the one named) has been given what it may be owed, and then is quiet. */
export interface Settle {
  readonly do: 'settle'
  readonly client?: string
}

/** Reads the whole channel from its oldest event until empty, twice, with a client of its own. */
export interface Drain {
  readonly do: 'drain'
  readonly client: string
  readonly via: 'poll' | 'longpoll'
  readonly channel?: string
}

/** Stops the target by a signal, leaves it down for `times` of its retry delay, and starts it again. */
export interface Restart {
  readonly do: 'restart'
  readonly signal: 'SIGKILL' | 'SIGTERM'
  readonly downTimes?: number
}

export type CommonStep = Publish | Pause | Settle | Drain | Restart

/** How a client ends its connection: FIN, RST, FIN of its own direction only, or reading no more. */
export type HowToLeave = 'fin' | 'rst' | 'half' | 'stall'

/** Ends the connection of a client; `when: 'settled'` waits for quiet first. */
export interface Leave extends Timing {
  readonly do: 'leave'
  readonly client: string
  readonly how: HowToLeave
  readonly when?: 'settled' | 'at-once'
}

/** Cuts what comes in: keeps `bytes` bytes behind the head (after `events` whole events), then ends as told. */
export interface Cut {
  readonly events?: number
  readonly bytes: number
  readonly of: 'response' | 'body'
  readonly how: HowToLeave
}

/** A malformed cursor, made from the last valid one by `models/forgery.ts`. */
export type Forgery =
  | 'empty'
  | 'spaces'
  | 'negative'
  | 'exponent'
  | 'fraction'
  | 'hex'
  | 'nul'
  | 'line-break'
  | 'ill-formed-utf8'
  | 'trailing'
  | 'unicode-digits'
  | 'repeated'
  | 'json'
  | 'huge'

/** Where a reader goes on: after the last cursor, at the same one again, after a named event or answer, or at a forged place. */
export type CursorRef =
  | 'none'
  | 'start'
  | 'last'
  | 'same'
  | {readonly of: string}
  | {readonly forged: Forgery}

/** The text that a payload stands for. */
export function payloadText(payload: Payload | undefined): string {
  if (payload === undefined) return ''
  return typeof payload === 'string' ? payload : payload.repeat.repeat(payload.times)
}

/** One word for a payload in a script listing. */
export function describePayload(payload: Payload | undefined): string {
  if (payload === undefined || payload === '') return ''
  if (typeof payload !== 'string') return ` ${JSON.stringify(payload.repeat)}×${payload.times}`
  const text = JSON.stringify(payload)
  return text.length > 40 ? ` ${text.slice(0, 36)}…" (${payload.length})` : ` ${text}`
}

/** A named instant in a script listing. */
export function describeTiming(step: Timing): string {
  const {after} = step
  const where = step.background ? ' in the background' : ''
  if (!after) return where
  const [instant, name] = Object.entries(after).find(([key]) => key !== 'ms') ?? ['?', '?']
  return ` ${after.ms} ms after ${instant} ${String(name)}${where}`
}

/** One line for a common step. */
export function describeCommon(step: CommonStep | Leave): string {
  switch (step.do) {
    case 'publish':
      return `publish ${step.as}${step.channel ? ` on ${step.channel}` : ''}${step.by ? ` by ${step.by}` : ''}${describePayload(step.payload)}${step.mark === 'around' ? ' between marked neighbours' : ''}${describeTiming(step)}`
    case 'pause':
      return `pause ${step.times} × ${step.of}`
    case 'settle':
      return `settle${step.client ? ` ${step.client}` : ''}`
    case 'drain':
      return `${step.client}: drain the channel by ${step.via}`
    case 'restart':
      return `restart the target by ${step.signal}${step.downTimes ? `, down for ${step.downTimes} × retry` : ''}`
    case 'leave':
      return `${step.client}: leave by ${step.how}${step.when === 'settled' ? ' when settled' : ''}${describeTiming(step)}`
  }
}

/** A cursor in a script listing. */
export function describeCursor(cursor: CursorRef | undefined): string {
  if (cursor === undefined) return ''
  if (typeof cursor === 'string') return cursor === 'none' ? '' : ` from ${cursor}`
  return 'of' in cursor ? ` from ${cursor.of}` : ` from a forged cursor (${cursor.forged})`
}

/** A cut in a script listing. */
export function describeCut(cut: Cut | undefined): string {
  if (!cut) return ''
  const after = cut.events ? ` after event ${cut.events}` : ''
  return `, cut${after} at byte ${cut.bytes} of the ${cut.of} by ${cut.how}`
}
