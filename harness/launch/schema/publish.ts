import {z} from 'zod'
import type {Hooks} from '../../clients/service.ts'
import {count, path, place, requestShape, statuses} from './grammar.ts'

type PublishHook = NonNullable<Hooks['publish']>

const hook = z.custom<PublishHook>((given) => typeof given === 'function', {
  error: 'a function (context) => Promise<{outcome, id?, token?}>',
})

/** How events are published: a request template, or a function of the description. */
export const publish = z.union(
  [
    hook,
    z.strictObject({
      ...requestShape,
      path: path.optional(),
      hook: hook.optional(),
      accepted: statuses.optional(),
      id: place.optional(),
      maxBytes: count.optional(),
      alphabet: z.enum(['text', 'line', 'token']).optional(),
    }),
  ],
  {error: 'a request with a path, or a function'},
)

export type GivenPublish = z.output<typeof publish>
