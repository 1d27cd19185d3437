import type {WebhookEndpoint} from '../../target.ts'
import {ask} from '../ask.ts'
import type {Play} from '../driver.ts'
import type {Log} from '../recorder.ts'
import {parsedJson} from '../json.ts'
import {fillRequest, readPlace} from '../template.ts'

/** What the target calls an endpoint, and what it signs with. */
export interface Registration {
  readonly id?: string
  readonly secret?: string
}

/**
 * Registers a receiver as the description says; a static slot is known already, by the secret of the description.
 * Undefined when the target did not accept it: a `gaveUp` fact says why.
 */
export async function register(
  play: Play,
  webhook: WebhookEndpoint,
  url: string,
  channel: string,
  log: Log,
): Promise<Registration | undefined> {
  const known = webhook.signature.secret
  const described = known === undefined ? {} : {secret: known}
  if (!webhook.register) return described
  const {id: idPlace, request: template, secret: secretPlace} = webhook.register
  const {headers, origins} = play.service
  const filled = fillRequest(template, {receiver: url, channel}, headers)
  const [origin] = origins
  if (!filled || origin === undefined) return undefined
  const begunAt = performance.now()
  const answer = await ask(play, origin, filled)
  if (typeof answer === 'string' || answer.status < 200 || answer.status > 299) {
    const why = typeof answer === 'string' ? answer : `status ${answer.status}`
    const afterMs = Math.round(performance.now() - begunAt)
    log.write({kind: 'gaveUp', what: `registering an endpoint: ${why}`, afterMs})
    return undefined
  }
  const body = parsedJson(answer.body)
  const id = idPlace && readPlace(idPlace, answer.headers, body)
  const secret = secretPlace && readPlace(secretPlace, answer.headers, body)
  return {...described, ...(id !== undefined && {id}), ...(secret !== undefined && {secret})}
}
