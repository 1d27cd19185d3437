import {isTransportFailure, nextAfter} from './attempts-schedule.ts'
import type {Attempt, Declared, Delivery, FailKind, Outcome} from './attempts-words.ts'

/** What the sender may think of the event; `number` counts the attempts it has made. */
export type State = Due | Acked | Dead | {is: 'unknown'}

interface Known {
  number: number
  /** When the sender came to know the outcome of the attempt before. */
  knownFrom: number
  knownTo: number
  /** Uncounted re-sends of the attempt before that may still come, and until when. */
  resends: number
  resendUntil: number
}

/** The next attempt is owed, or at least allowed, in a window. */
export interface Due extends Known {
  is: 'due'
  earliest: number
  latest: number
  /** A crash happened in the time of waiting. */
  crashed: boolean
  cause?: {kind: FailKind; status?: number}
}

/** Acknowledged. */
export interface Acked extends Known {
  is: 'acked'
}

/** No further attempt is allowed. */
export interface Dead extends Known {
  is: 'dead'
  why: 'permanent' | 'budget' | 'age' | 'ended'
}

const NEVER = Number.POSITIVE_INFINITY
/** Above this many interpretations the model gives up in favour of the sender. */
const MAX_STATES = 2_000

/** The state after the publish, before any attempt. */
export function initialState(context: Context): Due {
  const {publish} = context.delivery
  const acked = publish.outcome === 'acked'
  return {
    is: 'due',
    number: 0,
    earliest: publish.at,
    latest: acked ? heldUp(context, publish.ackedAt + firstMs(context.declared)) : NEVER,
    knownFrom: publish.at,
    knownTo: acked ? publish.ackedAt : NEVER,
    resends: 0,
    resendUntil: publish.at,
    crashed: false,
  }
}

/** The time that a sender which is free has for the first attempt. */
function firstMs({retry: {firstWithinMs, pollMs, slackMs}}: Declared): number {
  return firstWithinMs + pollMs + slackMs
}

/** An upper bound, later where other events may hold this one up: then its time counts from their end. */
function heldUp({declared, delivery: {busy = []}}: Context, latest: number): number {
  return busy.reduce(
    (bound, {from, until}) => (from <= bound ? Math.max(bound, until + firstMs(declared)) : bound),
    latest,
  )
}

/** The state after attempt `number` had `outcome`; `resends` are left for this attempt. */
export function afterOutcome(
  context: Context,
  number: number,
  outcome: Outcome,
  resends: number,
  attempt?: Attempt,
): State[] {
  const {declared} = context
  const known = {
    number,
    knownFrom: outcome.from,
    knownTo: outcome.to,
    resends: 0,
    resendUntil: outcome.to,
  }
  if (outcome.is === 'followed') return [{is: 'unknown'}]
  if (outcome.is === 'ack') return [{is: 'acked', ...known}]
  if (isTransportFailure(outcome.kind)) {
    known.resends = resends
    // A second for each re-send: the client's own patience is not declared anywhere.
    known.resendUntil = outcome.to + declared.retry.hiddenResends * 1_000
  }
  const next = nextAfter(declared, number, outcome.kind, attempt)
  if (next.is === 'end') return [{is: 'dead', why: next.why, ...known}]
  const cause = {kind: outcome.kind, ...(attempt?.status && {status: attempt.status})}
  return withinAge(context, {
    is: 'due',
    ...known,
    earliest: outcome.from + next.window.lowMs,
    latest: heldUp(context, outcome.to + next.window.highMs),
    crashed: false,
    cause,
  })
}

/** A crash whose end was seen. */
export interface Death {
  at: number
  diedAt: number
  upAt?: number
}

/** What the model knows besides the states. */
export interface Context {
  declared: Declared
  delivery: Delivery
}

/** Past the declared age no attempt is owed, and somewhat later none is allowed. */
function withinAge({declared, delivery}: Context, due: Due): State[] {
  const {maxAgeMs, slackMs} = declared.retry
  const {publish} = delivery
  if (maxAgeMs === undefined) return unowed(delivery, [due])
  const surely = publish.outcome === 'acked' ? publish.ackedAt + maxAgeMs + slackMs : NEVER
  const dead: Dead = {...known(due), is: 'dead', why: 'age'}
  if (due.earliest > surely) return [dead]
  if (due.latest <= publish.at + maxAgeMs) return unowed(delivery, [due])
  return unowed(delivery, [{...due, latest: Math.min(due.latest, surely)}, dead])
}

/** An event whose publish had no certain outcome is never owed. */
function unowed(delivery: Delivery, states: State[]): State[] {
  if (delivery.publish.outcome === 'acked') return states
  return states.map((state) => (state.is === 'due' ? {...state, latest: NEVER} : state))
}

function known(state: Known): Known {
  const {number, knownFrom, knownTo, resends, resendUntil} = state
  return {number, knownFrom, knownTo, resends, resendUntil}
}

/** The states that a crash can leave behind, seen from `state`. */
export function afterCrash(context: Context, state: State, crash: Death): State[] {
  const {durable, ack} = context.declared
  if (!durable || state.is === 'unknown') return [{is: 'unknown'}]
  const states: State[] = []
  const postponed = (due: Due): Due => {
    const madeUpBy = (crash.upAt ?? NEVER) + durable.recoveryMs
    const latest = heldUp(context, Math.max(due.latest, madeUpBy))
    return {...due, latest, crashed: true, resends: 0}
  }
  if (state.knownFrom <= crash.diedAt) {
    // The outcome may have been stored: waiting goes on, and what fell due is made up for.
    states.push(state.is === 'due' ? postponed(state) : {...state, resends: 0})
  }
  // While a re-send is pending the attempt is not over in the sender's eyes.
  const resending = state.resends > 0 && crash.at <= state.resendUntil
  const stored = state.knownTo <= crash.at - ack.commitWithinMs && !resending
  if (state.number > 0 && !stored) states.push(...interrupted(context, state.number, crash))
  if (state.is === 'due' && crash.diedAt >= state.earliest) {
    // The next attempt may have begun without a byte of it having been seen.
    states.push(...interrupted(context, state.number + 1, crash))
  }
  return states
}

/** Attempt `number` was in flight in a crash: it is made again, counted or not. */
export function interrupted(context: Context, number: number, crash: Death): State[] {
  const {durable} = context.declared
  if (!durable) return [{is: 'unknown'}]
  const backBy = (crash.upAt ?? NEVER) + durable.recoveryMs + durable.leaseMs
  const {publish} = context.delivery
  const uncounted: Due = {
    is: 'due',
    number: number - 1,
    // What came before the interrupted attempt was stored when it began.
    knownFrom: publish.at,
    knownTo: publish.at,
    resends: 0,
    resendUntil: crash.at,
    earliest: crash.at,
    latest: heldUp(context, backBy),
    crashed: true,
  }
  const outcome = {is: 'fail', kind: 'reset', from: crash.at, to: backBy} as const
  const counted = afterOutcome(context, number, outcome, 0).map((state): State => {
    return state.is === 'due' ? {...state, earliest: crash.at, crashed: true} : state
  })
  return [...unowed(context.delivery, [uncounted]), ...counted]
}

/** When the next request must have come: a re-send may still push the schedule on. */
export function deadline(due: Due): number {
  return due.resends > 0 ? Math.max(due.latest, due.resendUntil) : due.latest
}

/** Adds what may have happened unseen until `time`: refused attempts, and the endpoint's end. */
export function unseenUntil(context: Context, states: readonly State[], time: number): State[] {
  const seen = new Map<string, State>()
  const open = [...states]
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const key = JSON.stringify(state)
    if (seen.has(key)) continue
    if (seen.size >= MAX_STATES) return [{is: 'unknown'}]
    seen.set(key, state)
    open.push(...refusedUnseen(context, state, time))
  }
  return [...seen.values()].flatMap((state) => endedBy(context, state, time))
}

function refusedUnseen(context: Context, state: State, time: number): State[] {
  if (state.is === 'unknown') return []
  return (context.delivery.blind ?? []).flatMap((blind) => {
    const refused = (number: number, first: number, last: number, resends: number): State[] => {
      const from = Math.max(first, blind.from)
      const to = Math.min(last, blind.to, time)
      const outcome = {is: 'fail', kind: 'refused', from, to} as const
      return from > to ? [] : afterOutcome(context, number, outcome, resends)
    }
    const {number, resends, knownFrom, resendUntil} = state
    const again = resends > 0 ? refused(number, knownFrom, resendUntil, resends - 1) : []
    if (state.is !== 'due') return again
    const {hiddenResends} = context.declared.retry
    return [...again, ...refused(number + 1, state.earliest, state.latest, hiddenResends)]
  })
}

function endedBy({delivery: {ended}}: Context, state: State, time: number): State[] {
  if (!ended || state.is !== 'due' || time < ended.from || state.latest < ended.from) return [state]
  const dead: Dead = {...known(state), is: 'dead', why: 'ended'}
  return time > ended.by ? [{...dead, resends: 0}] : [state, dead]
}
