import {z} from 'zod'
import {count, duration, fields, flag, json, path, pointer, requestShape, text} from './grammar.ts'
import {streamShape} from './sse.ts'

const orPath = {error: 'a path, or an object with a path'}

const route = z.union([path, z.strictObject({path, headers: fields.optional()})], orPath)

const subscribe = z.union(
  [
    path,
    z.strictObject({path, headers: fields.optional(), ...streamShape, id: pointer.optional()}),
  ],
  orPath,
)

const inbox = z.strictObject({
  path,
  headers: fields.optional(),
  message: json.optional(),
  number: pointer,
  payload: pointer,
  first: count.optional(),
  ack: pointer,
  refusal: pointer,
  read: z.strictObject({...requestShape, path, messages: pointer, payload: pointer}),
})

const options = z.strictObject({
  path: path.optional(),
  headers: fields.optional(),
  echo: route.optional(),
  subscribe: subscribe.optional(),
  inbox: inbox.optional(),
  subprotocols: z.array(text('a subprotocol')).max(16).optional(),
  textOnly: flag.optional(),
  maxMessage: count.optional(),
  guaranteedMessage: count.optional(),
  strictLengths: flag.optional(),
  closeTrigger: text('a text message').optional(),
  closeTimeout: duration.optional(),
  singlePath: flag.optional(),
})

/** WebSocket routes: a path of which nothing is known, an echo, a subscription, an inbox. */
export const ws = z.union(
  [
    path,
    options.refine((given) => given.path ?? given.echo ?? given.subscribe ?? given.inbox, {
      error: 'needs one of path, echo, subscribe, inbox',
    }),
  ],
  {error: 'a path, or an object with path, echo, subscribe or inbox'},
)

export type GivenWs = Exclude<z.output<typeof ws>, string>
