import type {Mechanism} from '../target.ts'
import {describeCommon, type CommonStep} from './common.ts'
import {describePoll, type PollStep} from './poll.ts'
import type {Script, Step} from './script.ts'
import {describeSse, type SseStep} from './sse.ts'
import {describeWebhook, type WebhookStep} from './webhook.ts'
import {describeWs, type WsStep} from './ws.ts'

const describers: Readonly<Record<Mechanism, (step: never) => string>> = {
  poll: (step: PollStep) => describePoll(step),
  longpoll: (step: PollStep) => describePoll(step),
  sse: (step: SseStep) => describeSse(step),
  ws: (step: WsStep) => describeWs(step),
  webhook: (step: WebhookStep) => describeWebhook(step),
}

const common = new Set(['publish', 'pause', 'settle', 'drain', 'restart'])

/** One line for each step of a script, in order. A client's steps are told in the words of its mechanism. */
export function describe(script: Script): string[] {
  const vias = new Map<string, Mechanism>()
  for (const step of script) if (step.do === 'open') vias.set(step.client, step.via)
  return script.map((step) => describeStep(step, vias))
}

function describeStep(step: Step, vias: ReadonlyMap<string, Mechanism>): string {
  if (common.has(step.do)) return describeCommon(step as CommonStep)
  const client = 'client' in step ? (step.client ?? '') : ''
  const via = step.do === 'answer' ? 'webhook' : vias.get(client)
  if (!via) return `${client}: ${step.do}, but was never opened`
  return describers[via](step as never)
}
