import {quietAfterMs} from './attempts-schedule.ts'
import type {Context, Death, State} from './attempts-states.ts'
import type {Attempt, Classified} from './attempts-words.ts'

/** One interpretation of a request, as far as labels need it. */
interface Taken {
  state: State
  number?: number
  resend?: true
}

/** The situations that one attempt reaches; only certain ones are named. */
export function labelAttempt(
  {class: certainty, outcomes}: Classified,
  attempt: Attempt,
  takers: readonly Taken[],
): string[] {
  const labels = ['attempted']
  const numbers = new Set(takers.map((taker) => taker.number))
  const [number] = numbers.size === 1 ? numbers : []
  const resent = takers.length > 0 && takers.every((taker) => taker.resend)
  if (resent) labels.push('hidden-resend')
  else if (number !== undefined && number > 1) labels.push(`retried:${number}`)
  if (certainty === 'AMBIGUOUS') labels.push('ambiguous')
  if (certainty === 'ACK' && number !== undefined) labels.push(`acked-at:${number}`)
  if (certainty === 'FAIL') {
    for (const outcome of outcomes) {
      if (outcome.is !== 'fail') continue
      const {status = 0} = attempt
      const kind = outcome.kind === 'status' ? `${Math.floor(status / 100)}xx` : outcome.kind
      if (outcomes.length === 1 || outcome.kind === 'status') labels.push(`failed:${kind}`)
    }
    if (attempt.retryAfterMs !== undefined) labels.push('retry-after')
    if (attempt.location !== undefined) labels.push('redirect')
  }
  const overCrash = takers.length > 0 && takers.every(({state}) => isDueAfterCrash(state))
  return overCrash ? [...labels, 'sent-over-crash'] : labels
}

function isDueAfterCrash(state: State): boolean {
  return state.is === 'due' && state.crashed
}

/** The situation that a crash meets, where all interpretations agree on it. */
export function labelCrash(states: readonly State[], death: Death): string[] {
  const labels = new Set(
    states.map((state) => {
      if (state.is === 'unknown' || state.is === 'dead') return undefined
      if (state.number === 0) return 'crash-before-first'
      // The kernel closes the sockets of a dead process: that looks as if it had given up.
      if (state.knownFrom >= death.at) return 'crash-in-flight'
      if (state.knownTo > death.at) return undefined
      return state.is === 'acked' ? 'crash-after-ack' : 'crash-while-waiting'
    }),
  )
  const [label] = labels.size === 1 ? labels : []
  return label === undefined ? [] : [label]
}

/** The silences that were watched long enough for another attempt to show. */
export function labelQuiet({declared, delivery}: Context, states: readonly State[]): string[] {
  const labels = new Set(
    states.map((state) => {
      if (state.is === 'unknown' || state.is === 'due') return undefined
      const quietFrom = state.knownTo + quietAfterMs(declared, state.number)
      if (delivery.watchedUntil < quietFrom) return undefined
      if (state.is === 'acked') return 'quiet-after-ack'
      return state.why === 'permanent' || state.why === 'ended' ? 'ended-for-good' : 'gave-up'
    }),
  )
  const [label] = labels.size === 1 ? labels : []
  return label === undefined ? [] : [label]
}
