/** The schema of what a user writes (design: target description). Unknown keys are errors. */
import {z} from 'zod'
import {claims, limits} from './schema/claims.ts'
import {fields, text} from './schema/grammar.ts'
import {longpoll, poll} from './schema/poll.ts'
import {publish} from './schema/publish.ts'
import {sse} from './schema/sse.ts'
import {start} from './schema/start.ts'
import {webhook} from './schema/webhook.ts'
import {ws} from './schema/ws.ts'

/** A whole description. */
export const description = z.strictObject({
  name: text('a name such as acme-push'),
  start,
  headers: fields.optional(),
  channel: z.enum(['fresh', 'single']).optional(),
  publish: publish.optional(),
  poll: poll.optional(),
  longpoll: longpoll.optional(),
  sse: sse.optional(),
  ws: ws.optional(),
  webhook: webhook.optional(),
  claims: claims.optional(),
  limits: limits.optional(),
  waive: z.record(z.string(), text('a reason')).optional(),
  /** Where this schema lies, for editors. */
  $schema: z.string().optional(),
})

/** What a user writes. */
export type Description = z.input<typeof description>

/** A description that the schema has read: durations in ms, statuses as ranges, places as lists. */
export type ParsedDescription = z.output<typeof description>

/** The schema as JSON Schema (draft 2020-12), for editors. Functions stand there as anything. */
export function descriptionJsonSchema(): object {
  return z.toJSONSchema(description, {io: 'input', unrepresentable: 'any'})
}
