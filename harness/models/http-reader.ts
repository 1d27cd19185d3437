import {ChunkedDecoder} from './http-chunked.ts'
import {
  defaultHttpLimits,
  type BodyFact,
  type HeadFields,
  type HttpLimits,
  type HttpReader,
  type HttpReaderOptions,
} from './http-facts.ts'
import type {Framed, Framing} from './http-framing.ts'
import {readFieldLine, trimWhitespace} from './http-head.ts'
import {Cursor, type Line} from './http-lines.ts'

/** What became of a head; without `framing` another head follows. */
export type HeadResult<Fact> = {fact: Fact; framing?: Framing} | {why: string}

/** What differs between requests and responses. */
export interface Side<Fact, Start> {
  side: 'request' | 'response'
  readStart(line: string): Start | {why: string}
  onHead(start: Start, fields: HeadFields): HeadResult<Fact>
}

/** Joins a framing decision with the fact made from it, or hands on why there is none. */
export function withFraming<Fact>(
  framed: Framed,
  fact: (framing: Framing, oddities: string[]) => Fact,
): HeadResult<Fact> {
  if ('why' in framed) return framed
  return {fact: fact(framed.framing, framed.oddities), framing: framed.framing}
}

/** The reader of one message; see `HttpReader` for its contract. */
export class MessageReader<
  Fact,
  Start extends {version: string; oddity?: string},
> implements HttpReader<Fact | BodyFact> {
  private readonly cursor: Cursor
  private readonly limits: HttpLimits
  private readonly kind: Side<Fact, Start>
  private readonly out: (Fact | BodyFact)[] = []
  private first: Start | undefined
  private fields: HeadFields
  private framing: Framing | undefined
  private chunked: ChunkedDecoder | undefined
  private bodyBytes = 0
  private ended: 'complete' | 'cut' | 'malformed' | undefined

  constructor(options: HttpReaderOptions, kind: Side<Fact, Start>) {
    this.cursor = new Cursor(options.offset ?? 0)
    this.limits = {...defaultHttpLimits, ...options.limits}
    this.kind = kind
    this.fields = emptyFields(this.cursor.offset)
  }

  get done(): boolean {
    return this.ended !== undefined
  }

  push(bytes: Uint8Array): (Fact | BodyFact)[] {
    // After a fault or a cut nothing is kept, so that an endless peer costs no memory.
    if (this.ended === 'malformed' || this.ended === 'cut') return []
    this.cursor.add(bytes)
    this.advance()
    return this.out.splice(0)
  }

  end(): (Fact | BodyFact)[] {
    if (this.done) return []
    if (this.framing?.by === 'close') {
      this.complete([])
    } else {
      this.ended = 'cut'
      const at = this.cursor.offset + this.cursor.available
      const within = this.framing ? 'body' : at === this.fields.start ? 'nothing' : 'head'
      this.out.push({kind: 'cut', at, within, bodyBytes: this.bodyBytes})
    }
    return this.out.splice(0)
  }

  rest(): Buffer {
    return this.ended === 'complete' ? this.cursor.take(this.cursor.available) : Buffer.alloc(0)
  }

  private advance(): void {
    while (!this.done && this.framing === undefined) if (!this.headLine()) return
    if (this.done || this.framing === undefined) return
    switch (this.framing.by) {
      case 'none':
      case 'tunnel':
        return this.complete([])
      case 'length':
        this.data(this.framing.bytes - this.bodyBytes)
        if (this.bodyBytes === this.framing.bytes) this.complete([])
        return undefined
      case 'close':
        return this.data(Number.POSITIVE_INFINITY)
      case 'chunked':
        return this.chunks()
    }
  }

  /** Reads one line of the head; false when more bytes are needed. */
  private headLine(): boolean {
    const {fields, limits} = this
    const line = this.cursor.line(limits.headBytes - fields.rawHead.length)
    if (line === 'wait') return false
    if (line === 'too-long') {
      this.malformed(this.cursor.offset, `head above ${limits.headBytes} bytes`)
      return true
    }
    fields.rawHead += line.raw
    if (line.ending === 'lf') odd(fields, 'bare-lf')
    if (this.first === undefined) this.startLine(line)
    else if (line.text === '') this.headEnd(this.first)
    else this.fieldLine(line)
    return true
  }

  private startLine(line: Line): void {
    // RFC 9112 section 2.2: a server ignores empty lines before the request line.
    if (line.text === '' && this.kind.side === 'request') {
      odd(this.fields, 'leading-empty-line')
      return
    }
    const start = this.kind.readStart(line.text)
    if ('why' in start) {
      this.malformed(line.offset, start.why)
      return
    }
    if (start.oddity !== undefined) odd(this.fields, start.oddity)
    this.fields.version = start.version
    this.first = start
  }

  private fieldLine(line: Line): void {
    const last = this.fields.headers.at(-1)
    if (/^[ \t]/.test(line.text)) {
      if (last === undefined || /[\r\0]/.test(line.text)) {
        this.malformed(line.offset, 'whitespace before the first field (RFC 9112 section 2.2)')
        return
      }
      // RFC 9112 section 5.2: each obs-fold is read as a space.
      const folded = trimWhitespace(line.text)
      if (folded !== '') last[1] = last[1] === '' ? folded : `${last[1]} ${folded}`
      odd(this.fields, 'obs-fold')
      return
    }
    const field = readFieldLine(line.text, this.kind.side)
    if ('why' in field) {
      this.malformed(line.offset, field.why)
      return
    }
    this.fields.headers.push([field.name, field.value])
    for (const oddity of field.oddities) odd(this.fields, oddity)
  }

  private headEnd(first: Start): void {
    const fields = {...this.fields, end: this.cursor.offset}
    const result = this.kind.onHead(first, fields)
    if ('why' in result) {
      this.malformed(fields.start, result.why)
      return
    }
    this.out.push(result.fact)
    this.framing = result.framing
    this.first = undefined
    this.fields = emptyFields(this.cursor.offset)
  }

  private data(limit: number): void {
    const at = this.cursor.offset
    const bytes = this.cursor.take(limit)
    if (bytes.length > 0) this.body(bytes, at)
  }

  private chunks(): void {
    const {cursor, limits, kind} = this
    const chunkLimits = {...limits, trailerBytes: limits.headBytes}
    this.chunked ??= new ChunkedDecoder(cursor, chunkLimits, kind.side)
    for (;;) {
      const step = this.chunked.next()
      if (step === 'wait') return
      if (step.kind === 'end') return this.complete(step.trailers)
      if (step.kind === 'malformed') return this.malformed(step.offset, step.why)
      this.body(step.bytes, step.at)
    }
  }

  private body(bytes: Buffer, at: number): void {
    this.out.push({kind: 'data', bytes, at, bodyAt: this.bodyBytes})
    this.bodyBytes += bytes.length
  }

  private complete(trailers: [string, string][]): void {
    this.ended = 'complete'
    const {bodyBytes} = this
    this.out.push({kind: 'complete', end: this.cursor.offset, bodyBytes, trailers})
  }

  private malformed(offset: number, why: string): void {
    this.ended = 'malformed'
    this.cursor.take(this.cursor.available)
    this.out.push({kind: 'malformed', offset, why})
  }
}

function emptyFields(start: number): HeadFields {
  return {version: '', headers: [], rawHead: '', start, end: start, oddities: []}
}

function odd(fields: HeadFields, oddity: string): void {
  if (!fields.oddities.includes(oddity)) fields.oddities.push(oddity)
}
