import {z} from 'zod'
import {
  count,
  duration,
  fields,
  flag,
  path,
  payload,
  place,
  pointer,
  requestShape,
  statuses,
  text,
} from './grammar.ts'

const infinite = z.literal('inf')
const countOrInf = z.union([count, infinite], {error: 'a whole number, or inf'})
const fraction = z.number({error: 'a fraction such as 0.2'}).min(0, {error: 'a fraction'})
/** What a delay may be shorter by: no more than all of it. */
const share = fraction.max(1, {error: 'a fraction of at most 1'})
const attempts = z.union([count.min(1, {error: 'at least 1'}), infinite], {
  error: 'a whole number of at least 1, or inf',
})

/**
 * Delays before attempts 2, 3, …: a list, a geometric row, or some at once and then a fixed one.
 */
const delays = z.union(
  [
    z.array(duration).max(1000),
    z.strictObject({
      base: duration,
      factor: z.number({error: 'a number of at least 1'}).min(1, {error: 'a number of at least 1'}),
      max: duration,
      count: countOrInf,
    }),
    z.strictObject({immediate: count.max(1000, {error: 'at most 1000'}), every: duration}),
  ],
  {error: 'a list of durations, {base, factor, max, count} or {immediate, every}'},
)

const retry = z.strictObject({
  delays,
  repeatLast: flag.optional(),
  maxAttempts: attempts.optional(),
  jitter: z
    .union([share, z.strictObject({down: share, up: fraction})], {
      error: 'a fraction such as 0.2, or {down, up}',
    })
    .optional(),
  permanent: statuses.optional(),
  hiddenResends: count.optional(),
  retryAfter: z
    .union([z.literal('ignored'), z.strictObject({statuses: statuses.optional(), cap: duration})], {
      error: 'ignored, or {statuses, cap}',
    })
    .optional(),
  poll: duration.optional(),
  slack: duration.optional(),
})

/** A sender of webhooks, by the words of `oracles/webhook.md` that the model understands. */
export const webhook = z.strictObject({
  register: z
    .strictObject({...requestShape, path, id: place.optional(), secret: place.optional()})
    .optional(),
  slots: count.optional(),
  event: z
    .strictObject({
      id: place.optional(),
      batch: z.strictObject({max: countOrInf, pointer: pointer.optional()}).optional(),
      payload: payload.optional(),
      fanoutId: z.enum(['same', 'distinct']).optional(),
    })
    .optional(),
  signature: z
    .strictObject({
      scheme: z.enum(['standard-webhooks', 'hub', 'stripe', 'token', 'none']),
      headers: fields.optional(),
      secret: text('a secret').optional(),
    })
    .optional(),
  timeout: duration.optional(),
  ack: z
    .strictObject({
      statuses: statuses.optional(),
      point: z.enum(['headers', 'body']).optional(),
      commitWithin: duration.optional(),
    })
    .optional(),
  retry: retry.optional(),
  redirect: z.enum(['never', 'follow']).optional(),
  gone: flag.optional(),
  headOfLine: flag.optional(),
  recovery: duration.optional(),
})

export type GivenWebhook = z.output<typeof webhook>
export type GivenRetry = z.output<typeof retry>
