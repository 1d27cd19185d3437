import {readFieldLine} from './http-head.ts'
import type {Cursor} from './http-lines.ts'

/** What the chunked decoder found next; `at` is the wire position of the first body byte. */
export type ChunkedStep =
  | {kind: 'data'; bytes: Buffer; at: number}
  | {kind: 'end'; trailers: [string, string][]; oddities: string[]}
  | {kind: 'malformed'; offset: number; why: string}
  | 'wait'

/** Limits in bytes for one chunk-size line and for the whole trailer section. */
export interface ChunkedLimits {
  chunkLineBytes: number
  trailerBytes: number
}

/** An incremental decoder of the chunked transfer coding (RFC 9112 section 7.1). */
export class ChunkedDecoder {
  private state: 'size' | 'data' | 'data-end' | 'trailers' = 'size'
  private left = 0
  private trailerBytes = 0
  private readonly trailers: [string, string][] = []
  private readonly oddities: string[] = []
  private readonly cursor: Cursor
  private readonly limits: ChunkedLimits
  private readonly side: 'request' | 'response'
  private readonly steps = {
    size: () => this.size(),
    data: () => this.data(),
    'data-end': () => this.dataEnd(),
    trailers: () => this.trailer(),
  } satisfies Record<string, () => ChunkedStep | 'again'>

  constructor(cursor: Cursor, limits: ChunkedLimits, side: 'request' | 'response') {
    this.cursor = cursor
    this.limits = limits
    this.side = side
  }

  /** The next step; to be called until it says 'wait', 'end' or 'malformed'. */
  next(): ChunkedStep {
    for (;;) {
      const step = this.steps[this.state]()
      if (step !== 'again') return step
    }
  }

  private size(): ChunkedStep | 'again' {
    const start = this.cursor.offset
    const line = this.cursor.line(this.limits.chunkLineBytes)
    if (line === 'wait') return 'wait'
    if (line === 'too-long') return malformed(start, 'chunk-size line above its limit')
    // A bare LF is tolerable in heads only (RFC 9112 section 2.2); in chunks it desynchronises.
    if (line.ending === 'lf') return malformed(start, 'bare LF after a chunk size')
    const parts = /^([0-9A-Fa-f]+)[ \t]*(?:;[^\r\0]*)?$/.exec(line.text)
    if (!parts) return malformed(start, 'not a chunk size (RFC 9112 section 7.1)')
    const size = Number.parseInt(parts[1] ?? '', 16)
    if (!Number.isSafeInteger(size)) return malformed(start, 'chunk size beyond 2^53')
    this.left = size
    this.state = size === 0 ? 'trailers' : 'data'
    return 'again'
  }

  private data(): ChunkedStep {
    if (this.cursor.available === 0) return 'wait'
    const at = this.cursor.offset
    const bytes = this.cursor.take(this.left)
    this.left -= bytes.length
    if (this.left === 0) this.state = 'data-end'
    return {kind: 'data', bytes, at}
  }

  private dataEnd(): ChunkedStep | 'again' {
    const start = this.cursor.offset
    const line = this.cursor.line(2)
    if (line === 'wait') return 'wait'
    if (line === 'too-long' || line.raw !== '\r\n') {
      return malformed(start, 'no CRLF after chunk data (RFC 9112 section 7.1)')
    }
    this.state = 'size'
    return 'again'
  }

  private trailer(): ChunkedStep | 'again' {
    const start = this.cursor.offset
    const line = this.cursor.line(this.limits.trailerBytes - this.trailerBytes)
    if (line === 'wait') return 'wait'
    if (line === 'too-long') return malformed(start, 'trailer section above its limit')
    this.trailerBytes += line.raw.length
    if (line.ending === 'lf') return malformed(start, 'bare LF in the trailer section')
    if (line.text === '') {
      return {kind: 'end', trailers: this.trailers, oddities: this.oddities}
    }
    const field = readFieldLine(line.text, this.side)
    if ('why' in field) return malformed(start, field.why)
    this.trailers.push([field.name, field.value])
    this.oddities.push(...field.oddities)
    return 'again'
  }
}

function malformed(offset: number, why: string): ChunkedStep {
  return {kind: 'malformed', offset, why}
}
