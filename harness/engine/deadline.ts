import {holdMs, longestOf, retryMs} from '../clients/limits.ts'
import type {Script, Step} from '../script/script.ts'
import type {Target} from '../target.ts'

/** What a case may take on top of its steps, in ms. */
const spareMs = 5000

/** How long a case may take at the very most, in ms: the sum of what its steps may, with a spare. */
export function deadlineMs(script: Script, target: Target): number {
  return spareMs + script.reduce((sum, step) => sum + stepMs(step, target), 0)
}

function stepMs(step: Step, target: Target): number {
  const {limits} = target
  switch (step.do) {
    case 'pause':
      return Math.max(longestOf(target), retryMs(target, 1)) * step.times
    case 'settle':
      return 2 * (limits.deliverMs + limits.quietMs + holdMs(target)) + scheduleMs(target)
    case 'read-inbox':
      return 2 * (limits.deliverMs + limits.headMs)
    case 'drain':
      return 4 * (limits.answerMs + holdMs(target))
    case 'restart':
      return 20_000
    case 'poll':
      return limits.answerMs + holdMs(target) + limits.deliverMs
    case 'publish':
      return limits.publishMs
    case 'open':
    case 'await-end':
    case 'fence':
    case 'await-pong':
    case 'close':
      return longestOf(target) + closingMs(target)
    default:
      return 200
  }
}

/** How long the end of a WebSocket may take, whoever begins it, in ms. */
function closingMs({limits, ws}: Target): number {
  return Math.max(limits.closeMs, ws?.closeTimeoutMs ?? 0) + limits.tcpCloseMs
}

/** How long a webhook sender may go on with one event, in ms, as far as a case watches. */
function scheduleMs(target: Target): number {
  const retry = target.webhook?.retry
  if (!retry) return 0
  const attempts = retry.maxAttempts === 'inf' ? 10 : retry.maxAttempts
  const timeoutMs = target.webhook?.ack.timeoutMs ?? 1000
  let sum = 0
  for (let failures = 1; failures <= attempts; failures++)
    sum += retryMs(target, failures) + timeoutMs
  return 3 * sum
}
