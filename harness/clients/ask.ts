import {Client} from 'undici'
import type {Headers} from '../trace.ts'
import type {Play} from './driver.ts'
import type {Filled} from './template.ts'

/** A longer answer is read no further. */
const maxAnswerBytes = 1024 * 1024

/** A whole answer; the body is UTF-8. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** Sends one request on a connection of its own: the answer, or why there is none. It has a deadline, and leaves no fact. */
export async function ask(play: Play, origin: string, request: Filled): Promise<Answered | string> {
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
