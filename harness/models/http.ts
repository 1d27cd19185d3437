/**
 * Incremental HTTP/1.1 message framing (RFC 9112), without sockets: bytes in, facts out.
 *
 * One reader reads one message (interim responses and the final one count as one); what follows
 * stays in `rest()`, so that a connection is read by one reader after the other. The facts do not
 * depend on how the bytes were cut, except that `data` arrives in other portions.
 */
import type {HttpReader, HttpReaderOptions, RequestFact, ResponseFact} from './http-facts.ts'
import {requestFraming, responseFraming} from './http-framing.ts'
import {readRequestLine, readStatusLine, type RequestLine, type StatusLine} from './http-head.ts'
import {MessageReader, withFraming} from './http-reader.ts'

export {header, headerList, headerValues, type Headers} from './http-head.ts'
export * from './http-facts.ts'

/** Reads the response to a request with `method` (RFC 9112 section 6.3 needs to know it). */
export function responseReader(
  method: string,
  options: HttpReaderOptions = {},
): HttpReader<ResponseFact> {
  return new MessageReader<ResponseFact, StatusLine>(options, {
    side: 'response',
    readStart: readStatusLine,
    onHead({reason, status}, fields) {
      const head = {...fields, reason, status}
      if (status < 200 && status !== 101) return {fact: {kind: 'interim', head}}
      const framed = responseFraming(method, head.version, status, head.headers)
      return withFraming(framed, (framing, oddities) => {
        head.oddities.push(...oddities)
        return {kind: 'head', head, framing}
      })
    },
  })
}

/** Reads one request. */
export function requestReader(options: HttpReaderOptions = {}): HttpReader<RequestFact> {
  return new MessageReader<RequestFact, RequestLine>(options, {
    side: 'request',
    readStart: readRequestLine,
    onHead({method, target}, fields) {
      const head = {...fields, method, target}
      return withFraming(requestFraming(head.version, head.headers), (framing, oddities) => {
        head.oddities.push(...oddities)
        return {kind: 'head', head, framing}
      })
    },
  })
}
