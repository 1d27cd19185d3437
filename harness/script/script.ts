import type {CommonStep} from './common.ts'
import type {PollStep} from './poll.ts'
import type {SseStep} from './sse.ts'
import type {WebhookStep} from './webhook.ts'
import type {WsStep} from './ws.ts'

/** One thing that a client or a publisher does, as plain JSON. */
export type Step = CommonStep | PollStep | SseStep | WsStep | WebhookStep

/** What clients do, in order. Any subsequence is a script too: a step whose reference does not resolve does nothing. */
export type Script = readonly Step[]

/** Steps of a client that is open: all but `open` itself go to the driver that `open` chose. */
export type ClientStep = Extract<Step, {client: string}>
