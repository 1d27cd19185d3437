import {Client} from 'undici'
import type {WebhookEndpoint} from '../../target.ts'
import type {Headers} from '../../trace.ts'
import type {Play} from '../driver.ts'
import type {Log} from '../recorder.ts'
import {fillRequest, parsedJson, readPlace} from '../template.ts'

/** What the target calls an endpoint, and what it signs with. */
export interface Registration {
  readonly id?: string
  readonly secret?: string
}

/** A longer answer to a registration is read no further. */
const maxAnswerBytes = 1024 * 1024

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

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** The answer, or why there is none. */
async function ask(
  play: Play,
  origin: string,
  request: NonNullable<ReturnType<typeof fillRequest>>,
): Promise<Answered | string> {
  const {connectMs, headMs} = play.service.target.limits
  const client = new Client(origin, {pipelining: 1, connect: {timeout: connectMs}})
  const signal = AbortSignal.any([play.signal, AbortSignal.timeout(connectMs + 2 * headMs)])
  try {
    const {target, ...rest} = request
    const answer = await client.request({
      ...rest,
      headers: rest.headers.flat(),
      path: target,
      signal,
    })
    const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, one]),
    )
    let body = ''
    for await (const chunk of answer.body) {
      body += (chunk as Buffer).toString('latin1')
      if (body.length > maxAnswerBytes) return `an answer above ${maxAnswerBytes} bytes`
    }
    const text = Buffer.from(body, 'latin1').toString('utf8')
    return {status: answer.statusCode, headers, body: text}
  } catch (error) {
    // Whatever undici throws here is a network error, a broken answer, or our own deadline.
    return error instanceof Error ? error.message : 'no answer'
  } finally {
    await client.destroy()
  }
}
