import {z} from 'zod'
import {path, payload, place, requestShape, text} from './grammar.ts'

/** The keys that streams of events share, whatever carries them. */
export const streamShape = {
  payload: payload.optional(),
  initial: z.enum(['live', 'oldest']).optional(),
  ready: z.enum(['head', 'probe']).optional(),
}

/** A stream of Server-Sent Events. */
export const sse = z.union(
  [
    path,
    z.strictObject({
      ...requestShape,
      ...streamShape,
      path,
      cursor: place.optional(),
      controlTypes: z.array(text('an event type')).max(64).optional(),
    }),
  ],
  {error: 'a path, or an object with a path'},
)

export type GivenSse = Exclude<z.output<typeof sse>, string>
