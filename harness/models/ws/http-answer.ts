import {fieldValues, listMembers, parseHead, type HttpHead} from './http-head.ts'

/** How far the bytes of one HTTP response go. */
export type AnswerState =
  /** One whole response and nothing behind it. */
  | {readonly state: 'complete'; readonly status: number; readonly head: HttpHead}
  /** Well-formed so far; `head` is there once its empty line is. */
  | {readonly state: 'incomplete'; readonly status?: number; readonly head?: HttpHead}
  /** Good so far, and only the end of the connection can end it (RFC 9112 section 6.3 item 8). */
  | {readonly state: 'until-close'; readonly status: number; readonly head: HttpHead}
  /** No HTTP/1.x response, or bytes behind its end. */
  | {readonly state: 'malformed'; readonly why: string; readonly status?: number}

const statusLine = /^HTTP\/1\.[0-9] ([1-9][0-9]{2})(?: .*)?$/

/** Offset behind a chunked body (RFC 9112 section 7.1); 'short' or 'bad' where it does not end. */
function chunkedEnd(text: string): number | 'short' | 'bad' {
  let offset = 0
  for (;;) {
    const lineEnd = text.indexOf('\r\n', offset)
    if (lineEnd < 0)
      return /^[0-9a-fA-F]*(?:[ \t;].*)?\r?$/.test(text.slice(offset)) ? 'short' : 'bad'
    const size = /^([0-9a-fA-F]+)[ \t]*(?:;.*)?$/.exec(text.slice(offset, lineEnd))?.[1]
    if (size === undefined) return 'bad'
    const bytes = Number.parseInt(size, 16)
    offset = lineEnd + 2
    if (bytes === 0) {
      const trailers = /^(?:[^\r\n]+\r\n)*\r\n/.exec(text.slice(offset))
      return trailers === null ? 'short' : offset + trailers[0].length
    }
    if (text.length < offset + bytes + 2) return 'short'
    if (text.slice(offset + bytes, offset + bytes + 2) !== '\r\n') return 'bad'
    offset += bytes + 2
  }
}

/** RFC 9112 section 6.3: where the body of the response behind `head` ends. */
function bodyEnd(head: HttpHead, status: number, method: string, rest: string) {
  if (method === 'HEAD' || status === 204 || status === 304) return 0
  const codings = listMembers(head, 'transfer-encoding').map((coding) => coding.toLowerCase())
  if (codings.length > 0) return codings.at(-1) === 'chunked' ? chunkedEnd(rest) : 'until-close'
  const lengths = [...new Set(listMembers(head, 'content-length'))]
  if (lengths.length === 0) return 'until-close'
  if (lengths.length > 1 || !/^[0-9]{1,15}$/.test(lengths[0] ?? '')) return 'bad'
  const length = Number(lengths[0])
  return rest.length < length ? 'short' : length
}

/**
 * How far `bytes`, all that came back to one request, go as its response. Interim responses
 * (RFC 9110 section 15.2) are skipped, save 101: that one is complete with its head.
 */
export function readAnswer(bytes: Buffer, method: string): AnswerState {
  const text = bytes.toString('latin1')
  const head = parseHead(text)
  const {length} = head
  if (length === undefined) {
    const firstLine = text.includes('\n') ? head.startLine : undefined
    const begins = 'HTTP/1.'.startsWith(text.slice(0, 7))
    if (!begins || (firstLine !== undefined && !statusLine.test(firstLine)))
      return {state: 'malformed', why: `no status line: ${text.slice(0, 60)}`}
    return {state: 'incomplete'}
  }
  const status = Number(statusLine.exec(head.startLine)?.[1] ?? 0)
  if (status === 0) return {state: 'malformed', why: `no status line: ${head.startLine}`}
  if (status === 101) return {state: 'complete', status, head}
  if (status < 200) return readAnswer(bytes.subarray(length), method)
  if (head.faults.length > 0)
    return {state: 'malformed', why: head.faults[0]?.why ?? 'a bad head', status}
  const rest = text.slice(length)
  const end = bodyEnd(head, status, method, rest)
  if (end === 'until-close') return {state: 'until-close', status, head}
  if (end === 'short') return {state: 'incomplete', status, head}
  if (end === 'bad') return {state: 'malformed', why: 'a body without a valid length', status}
  if (rest.length > end) return {state: 'malformed', why: 'bytes behind the response', status}
  return {state: 'complete', status, head}
}

/** Tokens of Sec-WebSocket-Version in a refusal, or what is wrong (RFC 6455 sections 4.4, 11.3.5). */
export function versionListFault(head: HttpHead): string | undefined {
  if (fieldValues(head, 'sec-websocket-version').length === 0) return 'no Sec-WebSocket-Version'
  const tokens = listMembers(head, 'sec-websocket-version')
  const odd = tokens.find((token) => !/^(?:0|[1-9][0-9]{0,2})$/.test(token) || Number(token) > 255)
  if (odd !== undefined) return `Sec-WebSocket-Version lists ${odd}`
  return tokens.includes('13') ? undefined : `13 is not in ${tokens.join(', ')}`
}
