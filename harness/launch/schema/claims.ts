import {z} from 'zod'
import {mechanisms, type Limits, type Mechanism} from '../../target.ts'
import {count, duration, flag} from './grammar.ts'

const delivery = z.enum(['exactly-once', 'at-least-once', 'at-most-once'])

/** The same schema under each of some keys, all of which may be left out. */
function each<Key extends string, Schema extends z.ZodType>(
  keys: readonly Key[],
  schema: Schema,
): Record<Key, z.ZodOptional<Schema>> {
  return Object.fromEntries(keys.map((key) => [key, schema.optional()])) as never
}

/** What the target promises; what is left out is not claimed. */
export const claims = z.strictObject({
  resume: z
    .strictObject({events: count.optional(), age: duration.optional()})
    .refine((given) => given.events !== undefined || given.age !== undefined, {
      error: 'says how far back: events, age, or both',
    })
    .optional(),
  ordering: z.enum(['total', 'per-publisher', 'none']).optional(),
  delivery: z
    .union([delivery, z.strictObject(each<Mechanism, typeof delivery>(mechanisms, delivery))], {
      error: 'exactly-once, at-least-once or at-most-once, or an object of them by mechanism',
    })
    .optional(),
  durable: flag.optional(),
  outOfOrder: z.enum(['reordered', 'refused', 'as-it-comes']).optional(),
})

type TimeLimit = Exclude<keyof Limits, 'maxConnections' | 'maxRate'>

const timeLimits: readonly TimeLimit[] = [
  'connectMs',
  'headMs',
  'answerMs',
  'deliverMs',
  'publishMs',
  'quietMs',
  'handshakeMs',
  'failMs',
  'closeMs',
  'tcpCloseMs',
  'pongMs',
  'slackMs',
]

/** How long things may take and how many at once. */
export const limits = z.strictObject({
  ...each<TimeLimit, typeof duration>(timeLimits, duration),
  ...each(['maxConnections', 'maxRate'], count.min(1, {error: 'a whole number of at least 1'})),
})

export type GivenClaims = z.output<typeof claims>
export type GivenLimits = z.output<typeof limits>
