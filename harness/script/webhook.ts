import type {Leave, Payload} from './common.ts'

/** Registers a receiver as a webhook endpoint (or takes a static slot). */
export interface OpenWebhook {
  readonly do: 'open'
  readonly client: string
  readonly via: 'webhook'
  readonly channel?: string
}

/** What the receiver `client` does with one attempt of an event; collected before play, default 204 at once. */
export interface Answer {
  readonly do: 'answer'
  readonly client: string
  /** Name of the publish; absent = any event that has no answer of its own. */
  readonly event?: string
  /** From 1; absent = every attempt that has no answer of its own. */
  readonly attempt?: number
  /** How much of the request is read before it is answered; the rest of the answer follows. */
  readonly read?: 'all' | 'head' | {readonly bytes: number}
  readonly status?: number
  readonly body?: Payload
  /** Value of Retry-After, in seconds. */
  readonly retryAfter?: number
  /** Location: the endpoint itself, another path of it, or a listener that nobody else knows. */
  readonly location?: 'self' | 'path' | 'canary'
  /** Delay before the answer as a fraction of the declared timeout of an attempt. */
  readonly delay?: number
  /** `none` never answers; a number cuts the answer at that byte. */
  readonly reply?: 'complete' | 'none' | {readonly cutAt: number}
  readonly then?: 'keep' | 'fin' | 'rst'
}

export type WebhookStep = OpenWebhook | Answer | Leave

/** One line for a step of a webhook receiver. */
export function describeWebhook(step: WebhookStep): string {
  switch (step.do) {
    case 'open':
      return `${step.client}: register as an endpoint`
    case 'answer': {
      const which = `${step.event ?? 'any event'}${step.attempt === undefined ? '' : ` attempt ${step.attempt}`}`
      const how =
        step.reply === 'none'
          ? 'never answer'
          : `${step.status ?? 204}${typeof step.reply === 'object' ? ` cut at byte ${step.reply.cutAt}` : ''}`
      const more = [
        step.delay ? `after ${step.delay} × timeout` : '',
        step.retryAfter === undefined ? '' : `Retry-After ${step.retryAfter}`,
        step.location ? `Location ${step.location}` : '',
        step.then ? `then ${step.then}` : '',
      ].filter(Boolean)
      return `${step.client}: answer ${which} with ${how}${more.length > 0 ? ` (${more.join(', ')})` : ''}`
    }
    case 'leave':
      return `${step.client}: leave by ${step.how}`
  }
}
