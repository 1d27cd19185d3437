import {headerList, type Headers} from './http-head.ts'

/** How the end of a body is found (RFC 9112 section 6.3). */
export type Framing =
  | {by: 'none'}
  | {by: 'length'; bytes: number}
  | {by: 'chunked'}
  | {by: 'close'}
  /** What follows is no HTTP: after 101, or a 2xx answer to CONNECT. */
  | {by: 'tunnel'}

/** The framing with the oddities seen on the way, or why the message is unusable. */
export type Framed = {framing: Framing; oddities: string[]} | {why: string}

/** Decides the body length of a response to `method` (RFC 9112 section 6.3, rules 1 to 8). */
export function responseFraming(
  method: string,
  version: string,
  status: number,
  headers: Headers,
): Framed {
  if (status === 101) return {framing: {by: 'tunnel'}, oddities: []}
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) {
    return {framing: {by: 'none'}, oddities: []}
  }
  if (method === 'CONNECT' && status < 300) return {framing: {by: 'tunnel'}, oddities: []}
  return declaredFraming(version, headers, {by: 'close'}, {by: 'close'})
}

/** Decides the body length of a request (RFC 9112 section 6.3, rules 3 to 7). */
export function requestFraming(version: string, headers: Headers): Framed {
  const why = 'chunked is not the last transfer coding of a request (RFC 9112 section 6.3 rule 4)'
  return declaredFraming(version, headers, {by: 'none'}, {why})
}

function declaredFraming(
  version: string,
  headers: Headers,
  whenSilent: Framing,
  whenNotChunked: Framing | {why: string},
): Framed {
  const codings = headerList(headers, 'transfer-encoding').map((coding) => coding.toLowerCase())
  const lengths = headerList(headers, 'content-length')
  const hasTransferEncoding = headers.some(([name]) => name.toLowerCase() === 'transfer-encoding')
  if (hasTransferEncoding) {
    if (version === 'HTTP/1.0') {
      return {why: 'Transfer-Encoding in an HTTP/1.0 message (RFC 9112 section 6.1)'}
    }
    const oddities = lengths.length > 0 ? ['length-and-transfer-encoding'] : []
    const chunked = codings.filter((coding) => coding === 'chunked').length
    if (chunked > 1) return {why: 'chunked applied twice (RFC 9112 section 6.1)'}
    if (codings.at(-1) === 'chunked') return {framing: {by: 'chunked'}, oddities}
    return 'why' in whenNotChunked ? whenNotChunked : {framing: whenNotChunked, oddities}
  }
  const hasLength = headers.some(([name]) => name.toLowerCase() === 'content-length')
  if (!hasLength) return {framing: whenSilent, oddities: []}
  return lengthFraming(lengths)
}

function lengthFraming(lengths: readonly string[]): Framed {
  const [first = ''] = lengths
  // RFC 9112 section 6.3 rule 5: a list of identical values may be read as one.
  const valid = /^[0-9]+$/.test(first) && lengths.every((length) => length === first)
  if (!valid) return {why: 'invalid Content-Length (RFC 9112 section 6.3 rule 5)'}
  const bytes = Number(first)
  if (!Number.isSafeInteger(bytes)) return {why: 'Content-Length beyond 2^53 (RFC 9110 8.6)'}
  const oddities = lengths.length > 1 ? ['repeated-length'] : []
  return {framing: {by: 'length', bytes}, oddities}
}
