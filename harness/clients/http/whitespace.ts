const headEnd = '\r\n\r\n'
/** The head of an interim response: another one follows (RFC 9110 15.2). */
const interim = /^HTTP\/1\.\d 1(?!01)/

/**
 * Gives the head of a response SP for HTAB, chunk by chunk. Around a field value both are whitespace (RFC 9110, 5.5
 * and 5.6.3); undici reads `chunked` followed by HTAB as a coding that it does not know, and the body undecoded.
 */
export function headWithoutTabs(): (chunk: Buffer) => Buffer {
  let head = ''
  let over = false
  return (chunk) => {
    let rest = chunk.toString('latin1')
    let read = ''
    while (!over && rest !== '') {
      const seen = head + rest
      const end = seen.indexOf(headEnd)
      const length = end < 0 ? rest.length : end + headEnd.length - head.length
      read += rest.slice(0, length).replaceAll('\t', ' ')
      rest = rest.slice(length)
      over = end >= 0 && !interim.test(seen)
      head = end < 0 ? seen : ''
    }
    return read === '' ? chunk : Buffer.from(read + rest, 'latin1')
  }
}
