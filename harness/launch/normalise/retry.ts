import type {WebhookEndpoint} from '../../target.ts'
import {Mistake} from '../../mistake.ts'
import type {GivenRetry} from '../schema/webhook.ts'

type Retry = NonNullable<WebhookEndpoint['retry']>

/**
 * The longest row of delays that is written out; an endless schedule repeats its last one from
 * there.
 */
const longestRow = 1000

/** A retry schedule: exact delays, no status that ends it, Retry-After ignored, unless declared. */
export function retryOf(given: GivenRetry, slackMs: number): Retry {
  const row = rowOf(given.delays)
  const repeatLast = given.repeatLast ?? row.endless
  const maxAttempts = given.maxAttempts ?? (repeatLast ? 'inf' : row.delaysMs.length + 1)
  const needed = maxAttempts === 'inf' ? Infinity : maxAttempts - 1
  if (!repeatLast && needed > row.delaysMs.length) {
    throw new Mistake(
      `webhook.retry.maxAttempts: ${maxAttempts} attempts need ${needed === Infinity ? 'endless' : needed} delays, but there are ${row.delaysMs.length}; add delays, or repeatLast: true`,
      2,
    )
  }
  if (row.delaysMs.length === 0 && needed > 0) {
    throw new Mistake('webhook.retry.delays: is empty, so there is nothing to repeat', 2)
  }
  const {jitter, retryAfter} = given
  return {
    delaysMs: row.delaysMs.slice(0, Math.min(needed, longestRow)),
    repeatLast,
    maxAttempts,
    jitter: typeof jitter === 'number' ? {down: jitter, up: jitter} : (jitter ?? {down: 0, up: 0}),
    permanent: given.permanent ?? [],
    hiddenResends: given.hiddenResends ?? 0,
    retryAfter:
      retryAfter === undefined || retryAfter === 'ignored'
        ? 'ignored'
        : {
            statuses: retryAfter.statuses ?? [
              [429, 429],
              [503, 503],
            ],
            capMs: retryAfter.cap,
          },
    pollMs: given.poll ?? 0,
    slackMs: given.slack ?? slackMs,
  }
}

function rowOf(given: GivenRetry['delays']): {delaysMs: readonly number[]; endless: boolean} {
  if (Array.isArray(given)) return {delaysMs: given, endless: false}
  if ('every' in given) {
    const atOnce = Array.from({length: given.immediate}, () => 0)
    return {delaysMs: [...atOnce, given.every], endless: true}
  }
  const {base, factor, max} = given
  const endless = given.count === 'inf'
  const length = Math.min(given.count === 'inf' ? longestRow : given.count, longestRow)
  const delaysMs: number[] = []
  for (let delay = Math.min(base, max); delaysMs.length < length;) {
    delaysMs.push(delay)
    const next = Math.min(delay * factor, max)
    if (endless && next === delay) break
    delay = next
  }
  return {delaysMs, endless}
}
