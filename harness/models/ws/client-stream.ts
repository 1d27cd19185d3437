import {feedUtf8, isCompleteUtf8, isUtf8, utf8Start, type Utf8State} from '../utf8.ts'
import type {ClientClose, Doom, Failure, Message, Ping} from './client-facts.ts'
import {isDebatableCode, isForbiddenCode, readCloseBody, type CloseBody} from './close-body.ts'
import type {Terms} from './exchange.ts'
import {featuresOf} from './features.ts'
import {FrameParser, isControl, opcodes, type Frame, type FrameTail} from './frames.ts'
import {headerViolations, mayWait, type Codes, type Violation} from './header-rules.ts'
import type {RuleName} from './rules.ts'

interface OpenMessage {
  readonly type: number
  readonly first: number
  readonly parts: Buffer[]
  readonly features: Set<RuleName>
  fragments: number
  bytes: number
  utf8: Utf8State
}

const badText: Codes = new Set([1007, 1002, 1003])
const asMust = (rule: RuleName, codes: Codes): Violation => ({
  rule,
  codes,
  must: true,
  atHeader: false,
})

/** What a receiver may find wrong with a Close of which only a part is there. */
function earlyCloseDoubts(length: number | undefined, payload: Buffer): Violation[] {
  if (length === 1) return [asMust('one-byte-body', new Set([1002]))]
  const body = readCloseBody(payload)
  if (body.form !== 'code') return []
  const doubts: Violation[] = []
  if (isForbiddenCode(body.code)) doubts.push(asMust('invalid-code', new Set([1002])))
  if (isDebatableCode(body.code)) doubts.push(asMust('registered-codes', new Set([1002])))
  if (feedUtf8(utf8Start, body.reason).deadAt !== undefined)
    doubts.push(asMust('reason-utf8', new Set([1007, 1002])))
  return doubts
}

/**
 * What a client sent, taken as the input of a receiving endpoint: one pass, one small state, and
 * all freedom of the receiver in `failures` (RFC 6455 sections 5 to 7).
 */
export class ClientStream {
  readonly frames: {readonly frame: Frame; readonly features: ReadonlySet<RuleName>}[] = []
  readonly messages: Message[] = []
  readonly pings: Ping[] = []
  readonly failures: Failure[] = []
  /** Payloads of the client's own pongs. */
  readonly pongs: Buffer[] = []
  /** Frames that came behind the doom or the Close, the doomed one first. */
  readonly behind: Frame[] = []
  doom: Doom | undefined
  close: ClientClose | undefined
  /** A header that breaks a rule, the rest of its frame withheld; `since` when the receiver should not wait for it. */
  withheld: {readonly rule: RuleName; readonly since?: number} | undefined
  bytes = 0
  readonly #parser = new FrameParser()
  readonly #terms: Terms
  readonly #earlyBytes: number
  readonly #borders: number[] = []
  #readyBytes = 0
  #index = 0
  #open: OpenMessage | undefined
  #tailFailures: Violation[] = []
  #tailUtf8: {index: number; fed: number; state: Utf8State} | undefined
  #serverClosed = false
  #unsure = false

  constructor(terms: Terms, earlyBytes: number) {
    this.#terms = terms
    this.#earlyBytes = earlyBytes
  }

  /** Takes the bytes of one write; `ready`: it followed the 101 at once. */
  push(bytes: Buffer, at: number, ready: boolean): void {
    this.#borders.push(this.bytes)
    this.bytes += bytes.length
    if (ready) this.#readyBytes = this.bytes
    for (const frame of this.#parser.push(bytes)) {
      this.#take(frame, at)
      this.#index += 1
      this.withheld = undefined
      this.#tailUtf8 = undefined
    }
    this.#lookAtTail(at)
  }

  /** The server's Close was read: from now on it may read, or ignore, all but the client's Close. */
  serverHasClosed(): void {
    this.#serverClosed = true
  }

  /** Whether a failure may be the cause of an end now. */
  get mayFail(): boolean {
    return this.failures.length > 0 || this.#tailFailures.length > 0
  }

  /** The latest failure that may be the cause of an end, tail included. */
  get lastFailure(): Violation | undefined {
    return this.#tailFailures.at(-1) ?? this.failures.at(-1)
  }

  /** Whether the code fits one of the failures so far. */
  fits(code: number): boolean {
    const all = [...this.failures, ...this.#tailFailures]
    return all.some(({codes}) => codes === 'any' || codes.has(code))
  }

  /**
   * Whether a Close with this code may be the application's word on data that it did not ask for: it
   * accepts no such type (1003), content (1007) or sender (1008) (RFC 6455 7.4.1). Only an echo is
   * known to want everything.
   */
  isUnwanted(code: number): boolean {
    if (this.#terms.echo || ![1003, 1007, 1008].includes(code)) return false
    const sent = [...this.frames.map(({frame}) => frame), ...this.behind, this.#parser.tail?.header]
    return sent.some((one) => one !== undefined && !isControl(one.opcode))
  }

  /** Bytes of the unfinished message in whole frames; undefined between messages. */
  get partial(): Buffer | undefined {
    return this.#open && Buffer.concat(this.#open.parts)
  }

  /** Whether bytes came behind the doom or the Close, or in the midst of a frame. */
  get continued(): boolean {
    return this.behind.length > 0 || this.tail !== undefined
  }

  /** Payload so far of the frame that is begun and not whole; undefined between frames. */
  get tail(): Buffer | undefined {
    return this.#parser.tail?.payload
  }

  /** The same with what is known of its header. */
  get frameTail(): FrameTail | undefined {
    return this.#parser.tail
  }

  #take(frame: Frame, at: number): void {
    if (this.doom !== undefined || this.close !== undefined) {
      this.behind.push(frame)
      return
    }
    const found = headerViolations(frame, this.#open, this.#terms)
    const doomed = found.filter(({must}) => must)
    if (doomed.length === 0) {
      this.#fail(found, at)
      this.#play(frame, at)
    } else this.#condemn(frame, at, found)
  }

  #fail(found: readonly Violation[], at: number): void {
    for (const violation of found) this.failures.push({...violation, index: this.#index, at})
  }

  #condemn(frame: Frame, at: number, found: readonly Violation[], body?: CloseBody): void {
    const [first, ...more] = found.filter(({must}) => must)
    if (first === undefined) return
    if (this.#serverClosed) {
      this.#unsure = true
      return
    }
    const sole = more.length === 0 && this.failures.length === 0
    this.#fail(found, at)
    this.doom = {rule: first.rule, index: this.#index, at, sole, ...(body && {body})}
    this.behind.push(frame)
  }

  #play(frame: Frame, at: number): void {
    if (!isControl(frame.opcode)) {
      this.#feed(frame, at)
      return
    }
    this.#record(frame, this.#open?.type ?? 0, 0, false, this.#open !== undefined)
    if (frame.opcode === opcodes.ping)
      this.pings.push({payload: frame.payload, index: this.#index, at})
    if (frame.opcode === opcodes.pong) this.pongs.push(frame.payload)
    if (frame.opcode === opcodes.close) this.#leave(frame, at)
    else if (this.#open !== undefined) this.#open.features.add('interleaved-control')
  }

  /** RFC 6455 section 5.5.1 and 7.4: what a Close asks for. */
  #leave(frame: Frame, at: number): void {
    const body = readCloseBody(frame.payload)
    if (body.form === 'one-byte') {
      this.#condemn(frame, at, [asMust('one-byte-body', new Set([1002]))], body)
      return
    }
    const badReason = body.form === 'code' && !isUtf8(body.reason)
    const wrong: Violation[] = []
    if (body.form === 'code' && isForbiddenCode(body.code))
      wrong.push(asMust('invalid-code', new Set([1002])))
    if (badReason) wrong.push(asMust('reason-utf8', new Set([1007, 1002])))
    if (wrong.length > 0) {
      this.#condemn(frame, at, wrong, body)
      return
    }
    if (this.#unsure) return
    if (body.form === 'code' && isDebatableCode(body.code))
      this.#fail([{...asMust('registered-codes', new Set([1002])), must: false}], at)
    const midMessage = this.#open !== undefined
    const partial = this.partial ?? Buffer.alloc(0)
    this.close = {index: this.#index, at, body, midMessage, partial}
    this.#open = undefined
  }

  #record(frame: Frame, type: number, total: number, split: boolean, inside: boolean): RuleName[] {
    const around = {
      borders: this.#borders,
      readyBytes: this.#readyBytes,
      earlyBytes: this.#earlyBytes,
      inside,
      total,
      split,
      type,
    }
    const features = featuresOf(frame, around, this.#terms)
    this.frames[this.#index] = {frame, features: new Set(features)}
    return features
  }

  /** RFC 6455 section 5.4: one more part of a message. */
  #feed(frame: Frame, at: number): void {
    const open = (this.#open ??= {
      type: frame.opcode,
      first: this.#index,
      parts: [],
      features: new Set(),
      fragments: 0,
      bytes: 0,
      utf8: utf8Start,
    })
    open.parts.push(frame.payload)
    open.fragments += 1
    open.bytes += frame.payload.length
    const text = open.type === opcodes.text
    if (text) open.utf8 = feedUtf8(open.utf8, frame.payload)
    const split = text && !frame.fin && open.utf8.remaining > 0
    for (const rule of this.#record(frame, open.type, open.bytes, split, open.fragments > 1))
      open.features.add(rule)
    if (frame.fin) this.#finish(open, frame, at)
    else if (text && open.utf8.deadAt !== undefined) this.#doubt(at)
  }

  /** RFC 6455 section 8.1: bad text may be noticed before its message ends. */
  #doubt(at: number): void {
    if (this.failures.some(({rule, index}) => rule === 'utf8-invalid' && index >= this.#openSince))
      return
    this.#fail([{...asMust('utf8-invalid', badText), must: false}], at)
  }

  get #openSince(): number {
    return this.#open?.first ?? this.#index
  }

  /** RFC 6455 sections 5.6 and 8.1: the whole message is text, or the connection fails. */
  #finish(open: OpenMessage, frame: Frame, at: number): void {
    if (open.type === opcodes.text && !isCompleteUtf8(open.utf8)) {
      this.#condemn(frame, at, [asMust('utf8-invalid', badText)])
      if (this.#serverClosed) this.#open = undefined
      return
    }
    const {type, first, features} = open
    const bytes = Buffer.concat(open.parts)
    this.messages.push({type, bytes, first, last: this.#index, at, features})
    this.#open = undefined
  }

  /** What a receiver may, or should, already know about the frame that is not whole. */
  #lookAtTail(at: number): void {
    this.#tailFailures = []
    const tail = this.#parser.tail
    if (tail === undefined || this.doom !== undefined || this.close !== undefined) return
    const found = headerViolations(tail.header, this.#open, this.#terms)
    this.#tailFailures = found.map((violation) => ({...violation, must: false}))
    const bare = found.find(({must, atHeader}) => must && atHeader)
    if (bare !== undefined && tail.header.headerEnd !== undefined && !this.#serverClosed) {
      const came = (this.#open?.bytes ?? 0) + tail.payload.length
      const since = this.withheld?.since ?? (mayWait(bare, came, this.#terms) ? undefined : at)
      this.withheld = {rule: bare.rule, ...(since !== undefined && {since})}
    }
    if (tail.header.opcode === opcodes.close)
      for (const violation of earlyCloseDoubts(tail.header.length, tail.payload))
        this.#tailFailures.push({...violation, must: false})
    const type = tail.header.opcode === opcodes.continuation ? this.#open?.type : tail.header.opcode
    if (type !== opcodes.text || found.some(({must}) => must)) return
    const before = this.#open?.utf8 ?? utf8Start
    const known = (this.#tailUtf8 ??= {index: this.#index, fed: 0, state: before})
    known.state = feedUtf8(known.state, tail.payload.subarray(known.fed))
    known.fed = tail.payload.length
    if (known.state.deadAt !== undefined)
      this.#tailFailures.push({...asMust('utf8-invalid', badText), must: false})
  }
}
