/**
 * The event stream grammar of WHATWG HTML 9.2.5 and 9.2.6, without sockets: bytes in, facts out.
 *
 * Positions are byte offsets into the response body. The LF of a CRLF belongs to neither block:
 * a line ends at its CR, at once, so that a CR-only stream needs no later byte (HTML 9.2.6).
 */

/** Where a block or line lies in the body; `endByte` is exclusive. */
export interface Span {
  startByte: number
  endByte: number
}

/** What the reader found. `id` is the value of the block's own last valid id field. */
export type SseFact =
  | (Span & {
      kind: 'event'
      type: string
      data: string
      lastEventId: string
      id: string | null
    })
  /** A block that ended without data: nothing is dispatched, yet its id counts (HTML 9.2.6). */
  | (Span & {kind: 'no-data'; lastEventId: string; id: string | null})
  | (Span & {kind: 'comment'; text: string})
  | (Span & {kind: 'retry'; ms: number})
  /** The stream ended inside a block, which is discarded with its id (HTML 9.2.6). */
  | (Span & {kind: 'unfinished'; id: string | null})
  /** A line or the data of one block exceeds its limit; nothing is read after it. */
  | {kind: 'too-long'; startByte: number; limitBytes: number}

/** An incremental reader of one event stream; never throws on any input. */
export interface SseReader {
  /** Feeds body bytes and returns the facts that they completed. */
  push(bytes: Uint8Array): SseFact[]
  /** Says that the body ended. */
  end(): SseFact[]
  /** The last event ID string: what a reconnecting client sends, '' when it sends nothing. */
  lastEventId(): string
  /** The reconnection time in milliseconds, once the stream has set one. */
  retryMs(): number | undefined
}

/** The state that a client carries from one connection to the next, and limits. */
export interface SseReaderOptions {
  /** The last event ID string before this stream; default ''. */
  lastEventId?: string
  /**
   * The last event ID buffer before this stream; default: `lastEventId`, as browsers do.
   * The letter of HTML 9.2.6 is '': it starts every stream with an empty buffer, so that an
   * event without an id resets the last event ID.
   */
  idBuffer?: string
  /** Limit for one line, and for the data of one block; default 64 MiB. */
  limitBytes?: number
}

/** Starts reading one event stream. */
export function sseReader(options: SseReaderOptions = {}): SseReader {
  return new EventStream(options)
}

const LF = 0x0a
const CR = 0x0d
const BOM = [0xef, 0xbb, 0xbf]

class EventStream implements SseReader {
  private readonly limitBytes: number
  // No line end is part of a longer UTF-8 sequence, so decoding lines equals decoding the stream.
  private readonly utf8 = new TextDecoder('utf-8', {ignoreBOM: true})
  private out: SseFact[] = []
  /** The bytes of the unfinished line, as they came. */
  private line: Uint8Array[] = []
  private lineBytes = 0
  private lineStart = 0
  private position = 0
  private afterCr = false
  private stopped = false
  private block: Block = newBlock(0)
  private idBuffer: string
  private idString: string
  private reconnectionMs: number | undefined

  constructor(options: SseReaderOptions) {
    this.limitBytes = options.limitBytes ?? 67_108_864
    this.idString = options.lastEventId ?? ''
    this.idBuffer = options.idBuffer ?? this.idString
  }

  lastEventId(): string {
    return this.idString
  }

  retryMs(): number | undefined {
    return this.reconnectionMs
  }

  push(bytes: Uint8Array): SseFact[] {
    let from = 0
    while (from < bytes.length && !this.stopped) from = this.step(bytes, from)
    return this.taken()
  }

  end(): SseFact[] {
    // A last line without a line end is no line, and its block is discarded.
    if (!this.stopped && this.position > this.block.startByte) {
      const {startByte, id} = this.block
      this.out.push({kind: 'unfinished', startByte, endByte: this.position, id})
    }
    this.stopped = true
    return this.taken()
  }

  /** Consumes bytes up to and with the next line end; returns where to go on. */
  private step(bytes: Uint8Array, from: number): number {
    if (this.afterCr) {
      this.afterCr = false
      if (bytes[from] === LF) {
        this.position += 1
        this.lineStart = this.position
        if (this.block.empty) this.block.startByte = this.position
        return from + 1
      }
    }
    const end = lineEnd(bytes, from)
    const part = bytes.subarray(from, end)
    this.line.push(part)
    // A server that drips single bytes must not cost an object for each.
    if (this.line.length > 1_024) this.line = [Buffer.concat(this.line)]
    this.lineBytes += part.length
    if (this.lineBytes > this.limitBytes) return this.tooLong(this.lineStart, bytes.length)
    this.position += part.length
    if (end === bytes.length) return end
    this.position += 1
    this.afterCr = bytes[end] === CR
    this.onLine(this.decodeLine())
    this.lineStart = this.position
    return end + 1
  }

  private decodeLine(): string {
    const [whole] = this.line
    let bytes = whole && this.line.length === 1 ? whole : Buffer.concat(this.line)
    this.line = []
    this.lineBytes = 0
    // HTML 9.2.6: the UTF-8 decode algorithm strips one leading byte order mark.
    const marked = this.lineStart === 0 && BOM.every((byte, i) => bytes[i] === byte)
    if (marked) bytes = bytes.subarray(BOM.length)
    return this.utf8.decode(bytes)
  }

  private onLine(line: string): void {
    if (line === '') {
      this.dispatch()
      return
    }
    this.block.empty = false
    const colon = line.indexOf(':')
    const span = {startByte: this.lineStart, endByte: this.position}
    if (colon === 0) {
      this.out.push({kind: 'comment', text: line.slice(1), ...span})
      return
    }
    this.block.fields = true
    if (colon < 0) this.onField(line, '', span)
    else this.onField(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''), span)
  }

  /** HTML 9.2.6, "process the field"; names are compared literally, in their letter case. */
  private onField(name: string, value: string, span: Span): void {
    const {block} = this
    if (name === 'event') {
      block.type = value
    } else if (name === 'data') {
      block.data.push(value)
      block.dataBytes += span.endByte - span.startByte
      if (block.dataBytes > this.limitBytes) this.tooLong(block.startByte, 0)
    } else if (name === 'id' && !value.includes('\0')) {
      this.idBuffer = value
      block.id = value
    } else if (name === 'retry' && /^[0-9]+$/.test(value)) {
      this.reconnectionMs = Number(value)
      this.out.push({kind: 'retry', ms: this.reconnectionMs, ...span})
    }
  }

  /** HTML 9.2.6, "dispatch the event". */
  private dispatch(): void {
    const {startByte, id, type, data, fields} = this.block
    const span = {startByte, endByte: this.position}
    this.idString = this.idBuffer
    const lastEventId = this.idString
    // The buffer is "empty" only without any data line: one empty data line leaves LF in it.
    if (data.length > 0) {
      const text = data.join('\n')
      this.out.push({
        kind: 'event',
        type: type === '' ? 'message' : type,
        data: text,
        lastEventId,
        id,
        ...span,
      })
    } else if (fields) {
      this.out.push({kind: 'no-data', lastEventId, id, ...span})
    }
    this.block = newBlock(this.position)
  }

  private tooLong(startByte: number, next: number): number {
    this.stopped = true
    this.line = []
    this.out.push({kind: 'too-long', startByte, limitBytes: this.limitBytes})
    return next
  }

  private taken(): SseFact[] {
    const {out} = this
    this.out = []
    return out
  }
}

interface Block {
  startByte: number
  /** No line of the block was read yet, so that a pending LF still lies before it. */
  empty: boolean
  /** A line other than a comment was read. */
  fields: boolean
  type: string
  data: string[]
  dataBytes: number
  id: string | null
}

function newBlock(startByte: number): Block {
  return {startByte, empty: true, fields: false, type: '', data: [], dataBytes: 0, id: null}
}

function lineEnd(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== LF && bytes[at] !== CR) at += 1
  return at
}
