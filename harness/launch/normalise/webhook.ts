import type {WebhookEndpoint} from '../../target.ts'
import {Mistake} from '../../mistake.ts'
import {present} from '../present.ts'
import type {GivenWebhook} from '../schema/webhook.ts'
import {requestOf} from './request.ts'
import {retryOf} from './retry.ts'

type Signature = WebhookEndpoint['signature']

/**
 * Fields of each scheme: Standard Webhooks 1.0.0 "Webhook headers", WebSub 1.0 section 7.1, and
 * what Stripe documents.
 */
const signatureFields: Readonly<Record<Signature['scheme'], Signature['headers']>> = {
  'standard-webhooks': {
    id: 'webhook-id',
    timestamp: 'webhook-timestamp',
    signature: 'webhook-signature',
  },
  hub: {signature: 'X-Hub-Signature-256'},
  stripe: {signature: 'Stripe-Signature'},
  token: {signature: 'Authorization'},
  none: {},
}

/**
 * A webhook sender. Who declares the scheme `standard-webhooks` gets the meaning that
 * Standard Webhooks 1.0.0 gives to ids, redirects and 410; all others claim none of it.
 */
export function webhookOf(given: GivenWebhook, slackMs: number): WebhookEndpoint {
  const {register, slots} = given
  if ((register === undefined) === (slots === undefined)) {
    throw new Mistake('webhook: needs register, or slots for static endpoints, and not both', 2)
  }
  const scheme = given.signature?.scheme ?? 'none'
  const standard = scheme === 'standard-webhooks'
  return present({
    register: register && registerOf(register),
    slots,
    event: eventOf(given, scheme),
    signature: present({
      scheme,
      headers: {...signatureFields[scheme], ...given.signature?.headers},
      secret: given.signature?.secret,
    }),
    ack: present({
      statuses: given.ack?.statuses ?? [[200, 299]],
      point: given.ack?.point ?? ('body' as const),
      timeoutMs: given.timeout,
      commitWithinMs: given.ack?.commitWithin ?? 1000,
    }),
    retry: given.retry && retryOf(given.retry, slackMs),
    redirect: given.redirect ?? (standard ? 'never' : 'follow'),
    gone: given.gone ?? standard,
    headOfLine: given.headOfLine ?? true,
    recoveryMs: given.recovery ?? 5000,
  })
}

function registerOf(
  given: NonNullable<GivenWebhook['register']>,
): NonNullable<WebhookEndpoint['register']> {
  return present({
    request: requestOf(given, {method: 'POST', body: {url: '{receiver}'}}),
    id: given.id,
    secret: given.secret,
  })
}

function eventOf(given: GivenWebhook, scheme: Signature['scheme']): WebhookEndpoint['event'] {
  const {event, signature} = given
  const field = {...signatureFields[scheme], ...signature?.headers}['id']
  const id = event?.id ?? (field === undefined ? undefined : {header: field})
  return present({
    id,
    batch: {max: event?.batch?.max ?? 1, pointer: event?.batch?.pointer ?? ''},
    payload: event?.payload ?? ('raw' as const),
    fanoutId: event?.fanoutId ?? ('same' as const),
  })
}
