import {
  describeCursor,
  describeCut,
  describeTiming,
  type Cut,
  type CursorRef,
  type Leave,
  type Timing,
} from './common.ts'

/** Makes a client that polls; the channel stays with it. */
export interface OpenPoll {
  readonly do: 'open'
  readonly client: string
  readonly via: 'poll' | 'longpoll'
  readonly channel?: string
  readonly over?: 'raw' | 'undici'
  readonly node?: number
}

/** One poll. `wait` is a fraction of the longest hold that the target declares (long poll only). */
export interface Poll extends Timing {
  readonly do: 'poll'
  readonly client: string
  readonly as?: string
  readonly cursor?: CursorRef
  readonly limit?: number
  readonly wait?: number
  /** Sends If-None-Match with the tag of the last answer. */
  readonly conditional?: true
  /** Keeps the last byte of the request back until `release`. */
  readonly holdBack?: true
  readonly cut?: Cut
}

/** Sends the byte that a poll with `holdBack` kept back; its `sent` instant is this one. */
export interface Release extends Timing {
  readonly do: 'release'
  readonly client: string
}

export type PollStep = OpenPoll | Poll | Release | Leave

/** One line for a step of a polling client. */
export function describePoll(step: PollStep): string {
  switch (step.do) {
    case 'open':
      return `${step.client}: will poll${step.via === 'longpoll' ? ' and hold' : ''}${step.over ? ` over ${step.over}` : ''}`
    case 'poll':
      return `${step.client}: poll${step.as ? ` ${step.as}` : ''}${describeCursor(step.cursor)}${step.limit ? ` limit ${step.limit}` : ''}${step.wait === undefined ? '' : ` wait ${step.wait} × hold`}${step.conditional ? ' if changed' : ''}${step.holdBack ? ', last byte kept back' : ''}${describeCut(step.cut)}${describeTiming(step)}`
    case 'release':
      return `${step.client}: send the last byte${describeTiming(step)}`
    case 'leave':
      return `${step.client}: leave by ${step.how}`
  }
}
