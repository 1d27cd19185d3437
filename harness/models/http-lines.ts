/** One line without its end; `offset` is the wire position of its first byte. */
export interface Line {
  text: string
  raw: string
  offset: number
  ending: 'crlf' | 'lf'
}

/**
 * A byte cursor that keeps what was not consumed, and its position on the wire.
 * It holds no more than one push and the unfinished line before it.
 */
export class Cursor {
  private pending: Buffer = Buffer.alloc(0)
  /** Wire position of the next byte that will be consumed. */
  offset: number

  constructor(offset: number) {
    this.offset = offset
  }

  /** Bytes received and not consumed. */
  get available(): number {
    return this.pending.length
  }

  /** Adds received bytes. */
  add(bytes: Uint8Array): void {
    const more = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.pending = this.pending.length === 0 ? more : Buffer.concat([this.pending, more])
  }

  /** Consumes up to `limit` bytes; a view of what was pushed, not a copy. */
  take(limit: number): Buffer {
    const taken = this.pending.subarray(0, limit)
    this.pending = this.pending.subarray(taken.length)
    this.offset += taken.length
    return taken
  }

  /**
   * Consumes one line that ends within `limitBytes` (its end included).
   * 'wait' when more bytes are needed, 'too-long' when no line can end in time: the same answer
   * wherever the bytes were cut.
   */
  line(limitBytes: number): Line | 'wait' | 'too-long' {
    const lf = this.pending.indexOf(0x0a)
    if (lf < 0) return this.pending.length >= limitBytes ? 'too-long' : 'wait'
    if (lf + 1 > limitBytes) return 'too-long'
    const offset = this.offset
    const raw = this.take(lf + 1).toString('latin1')
    const ending = raw.endsWith('\r\n') ? 'crlf' : 'lf'
    return {text: raw.slice(0, ending === 'crlf' ? -2 : -1), raw, offset, ending}
  }
}
