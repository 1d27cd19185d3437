const headEnd = '\r\n\r\n'

/**
 * Gives the head of a response SP for HTAB, chunk by chunk. Around a field value both are whitespace (RFC 9110, 5.5
 * and 5.6.3); undici reads `chunked` followed by HTAB as a coding that it does not know, and the body undecoded.
 */
export function headWithoutTabs(): (chunk: Buffer) => Buffer {
  let before = ''
  let over = false
  return (chunk) => {
    if (over) return chunk
    const text = chunk.toString('latin1')
    const seen = before + text
    const end = seen.indexOf(headEnd)
    over = end >= 0
    const length = over ? end + headEnd.length - before.length : text.length
    before = seen.slice(-headEnd.length + 1)
    const head = text.slice(0, length)
    if (!head.includes('\t')) return chunk
    return Buffer.from(head.replaceAll('\t', ' ') + text.slice(length), 'latin1')
  }
}
