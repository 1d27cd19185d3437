import {header, type RequestHead} from '../../models/http.ts'
import {payloadText} from '../../script/common.ts'
import type {Answer} from '../../script/webhook.ts'

/** Where a Location can point to: absolute URLs. */
export interface Places {
  readonly self: string
  readonly path: string
  readonly canary: string
}

/** An answer as bytes, with what of it the trace tells. */
export interface Reply {
  readonly status: number
  readonly bytes: Buffer
  /** Length of the head in bytes: an answer cut before it has no status. */
  readonly headBytes: number
  readonly location?: string
  readonly retryAfter?: string
  /** The connection ends behind it. */
  readonly closes: boolean
}

/** What is answered where the script says nothing. */
const acknowledges = (client: string): Answer => ({do: 'answer', client})

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  404: 'Not Found',
  410: 'Gone',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/**
 * The scripted answer for an attempt (from 1) that bears the publishes `names`: first the one for
 * event and attempt, then for the event, then for the attempt, then for any. Without one, and for a
 * request that bears no event of this case: 204 at once.
 */
export function answerTo(
  answers: readonly Answer[],
  client: string,
  names: readonly string[],
  attempt: number,
): Answer {
  if (names.length === 0) return acknowledges(client)
  const fits = answers.filter(
    (answer) =>
      (answer.event === undefined || names.includes(answer.event)) &&
      (answer.attempt === undefined || answer.attempt === attempt),
  )
  return fits.toSorted((a, b) => rank(b) - rank(a))[0] ?? acknowledges(client)
}

function rank(answer: Answer): number {
  return (answer.event === undefined ? 0 : 2) + (answer.attempt === undefined ? 0 : 1)
}

/** Whether an answer may go out after `bodyBytes` bytes of the body, before the rest is read. */
export function answersEarly(answer: Answer, bodyBytes: number): boolean {
  if (answer.read === undefined || answer.read === 'all') return false
  return answer.read === 'head' || bodyBytes >= answer.read.bytes
}

/** The bytes of an answer to a request (RFC 9112 section 6: framed by Content-Length; RFC 9110 15.3.5: 204 has no content). */
export function replyTo(answer: Answer, request: RequestHead, places: Places): Reply {
  const status = answer.status ?? 204
  const bare = status === 204 || status === 304
  const body = bare ? Buffer.alloc(0) : Buffer.from(payloadText(answer.body))
  const closes = answer.then === 'fin' || !persists(request)
  const location = answer.location && places[answer.location]
  const retryAfter = answer.retryAfter === undefined ? undefined : String(answer.retryAfter)
  const head = [
    `HTTP/1.1 ${status} ${reasons[status] ?? ''}`,
    ...(bare ? [] : [`Content-Length: ${body.length}`]),
    ...(body.length > 0 ? ['Content-Type: text/plain'] : []),
    ...(location === undefined ? [] : [`Location: ${location}`]),
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
    ...(closes ? ['Connection: close'] : []),
  ]
  const headBytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1')
  return {
    status,
    bytes: request.method === 'HEAD' ? headBytes : Buffer.concat([headBytes, body]),
    headBytes: headBytes.length,
    ...(location !== undefined && {location}),
    ...(retryAfter !== undefined && {retryAfter}),
    closes,
  }
}

/** Whether the sender means to go on with the connection (RFC 9112 section 9.3). */
function persists(request: RequestHead): boolean {
  const options = header(request.headers, 'connection')?.toLowerCase() ?? ''
  if (/(^|,)\s*close\s*(,|$)/.test(options)) return false
  return request.version !== 'HTTP/1.0' || /(^|,)\s*keep-alive\s*(,|$)/.test(options)
}
