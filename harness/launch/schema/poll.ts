import {z} from 'zod'
import {
  count,
  duration,
  flag,
  path,
  places,
  placeShape,
  pointer,
  requestShape,
  statuses,
} from './grammar.ts'

const cursor = z.strictObject({
  send: places,
  receive: places,
  start: z.enum(['oldest', 'now']).optional(),
  onGarbage: z
    .union([z.literal('start'), statuses, z.strictObject({statuses})], {
      error: 'start, or the statuses of the refusal',
    })
    .optional(),
  inclusive: flag.optional(),
  kind: z.enum(['replay', 'queue']).optional(),
  opaque: flag.optional(),
})

const events = z.union(
  [
    pointer,
    z.strictObject({
      shape: z.enum(['array', 'single']).optional(),
      pointer: pointer.optional(),
      id: pointer.optional(),
      payload: pointer.optional(),
    }),
  ],
  {error: 'a JSON Pointer such as /events, or an object with pointer, id, payload'},
)

const empty = z.union(
  [statuses, z.strictObject({statuses, cursor: z.enum(['receive', 'keep']).optional()})],
  {error: 'statuses, or an object with statuses, cursor'},
)

const readerShape = {
  ...requestShape,
  cursor: cursor.optional(),
  events: events.optional(),
  empty: empty.optional(),
  limit: z.strictObject({...placeShape, max: count}).optional(),
  etag: flag.optional(),
  more: pointer.optional(),
  visibility: duration.optional(),
}

/** A short poll: answered at once. */
export const poll = z.union([path, z.strictObject({...readerShape, path})], {
  error: 'a path, or an object with a path',
})

/** A long poll: what it leaves out is taken from `poll`. */
export const longpoll = z.strictObject({
  ...readerShape,
  path: path.optional(),
  wait: z.strictObject({
    ...placeShape,
    unit: z.enum(['ms', 's']).optional(),
    max: duration,
    default: duration.optional(),
    jitter: z.number({error: 'a fraction such as 0.0625'}).min(0).max(10).optional(),
    wake: duration.optional(),
    early: duration.optional(),
    late: duration.optional(),
  }),
})

export type GivenPoll = Exclude<z.output<typeof poll>, string>
export type GivenLongpoll = z.output<typeof longpoll>
