import {z} from 'zod'
import {duration, path, text} from './grammar.ts'

const urlWords = 'a URL such as http://127.0.0.1:8080'
const url = text(urlWords).regex(/^(https?|wss?):\/\/[^\s/?#]+\/?$/i, {
  error: `${urlWords} (scheme, host and port only; paths stand in the endpoints)`,
})

/** A regular expression as text, compiled to prove it. */
const expression = text('a regular expression').refine(
  (given) => {
    try {
      return Boolean(new RegExp(given))
    } catch {
      return false
    }
  },
  {error: 'is no regular expression'},
)

const ready = z
  .strictObject({
    http: path.optional(),
    tcp: z.literal(true, {error: 'true'}).optional(),
    log: expression.optional(),
    timeout: duration.optional(),
  })
  .refine(
    ({http, tcp, log}) => [http, tcp, log].filter((given) => given !== undefined).length <= 1,
    {error: 'name one probe: http, tcp or log'},
  )

/** Where the target is, or how it is started. */
export const start = z
  .strictObject({
    url: z
      .union([url, z.array(url).min(1).max(16)], {error: `${urlWords}, or a list of them`})
      .optional(),
    command: z
      .array(text('text'), {error: 'a list: the program and its arguments'})
      .min(1, {error: 'a list: the program and its arguments'})
      .max(256)
      .optional(),
    env: z.record(z.string(), z.string({error: 'text'})).optional(),
    ready: ready.optional(),
  })
  .refine((given) => given.url ?? given.command, {error: 'needs url or command'})

export type GivenStart = z.output<typeof start>
