import {FrameParser, opcodes, type Frame} from '../../models/ws/frames.ts'
import type {HowToLeave} from '../../script/common.ts'
import type {CloseWs, FrameSpec} from '../../script/ws.ts'
import type {Play} from '../driver.ts'
import type {Log} from '../recorder.ts'
import {patiently} from '../within.ts'
import type {Wire} from '../wire.ts'
import type {Ended, WsConnection} from './connection.ts'
import {Owed} from './owed.ts'
import {inTime} from './patience.ts'
import {closeFrame, frameBytes, octetBytes} from './encode.ts'
import {MessageReader, type Message} from './messages.ts'

/** What a raw connection does by itself. */
export interface Manners {
  /** Answers the server's Close frame at once (RFC 6455 5.5.1), not only where the script comes to it. */
  readonly answersClose: boolean
  /** The server echoes every message. */
  readonly echoes: boolean
  readonly onMessage?: (message: Message) => void
}

/** A server that sends more than this on one connection is cut off. */
const maxIncomingBytes = 16 * 1024 * 1024

/** A WebSocket of which every byte is ours. */
export class RawWebSocket implements WsConnection {
  readonly conn: string
  readonly ended: Promise<Ended>
  readonly #play: Play
  readonly #wire: Wire
  readonly #log: Log
  readonly #manners: Manners
  readonly #incoming = new FrameParser()
  /** What the server makes of our bytes: nothing of ours may be put inside an unfinished frame. */
  readonly #outgoing = new FrameParser()
  readonly #messages = new MessageReader()
  readonly #owed = new Owed()
  readonly #closeSeen: Promise<true>
  #seeClose = (): void => {}
  #queue: Promise<void> = Promise.resolve()
  #fences = 0
  #bytesIn = 0
  #answersClose: boolean
  /** No frame of ours may follow: a Close went out, or the client left. */
  #silent = false
  #serverClose: {code?: number} | undefined
  #over = false
  lastInAt: number

  constructor(play: Play, wire: Wire, log: Log, manners: Manners) {
    this.conn = wire.conn
    this.#play = play
    this.#wire = wire
    this.#log = log
    this.#manners = manners
    this.#answersClose = manners.answersClose
    this.lastInAt = play.recorder.now()
    this.#closeSeen = new Promise((resolve) => {
      this.#seeClose = () => resolve(true)
    })
    this.ended = wire.ended.then(({by}) => {
      this.#over = true
      const {code} = this.#serverClose ?? {}
      const partial = this.#messages.partial || this.#incoming.tail !== undefined
      return {
        by,
        ...(code !== undefined && {code}),
        ...(partial && {partial}),
      }
    })
  }

  get open(): boolean {
    return !this.#over && this.#serverClose === undefined && !this.#silent
  }

  /** Frames that went out together with the handshake. */
  sentEarly(bytes: Buffer): void {
    this.#sent(bytes)
  }

  /** Takes bytes of the server. */
  receive(bytes: Buffer): void {
    this.lastInAt = this.#play.recorder.now()
    this.#bytesIn += bytes.length
    for (const frame of this.#incoming.push(bytes)) this.#take(frame)
    const flood = this.#bytesIn > maxIncomingBytes
    if (!flood && !this.#messages.tooLarge) return
    const what = flood ? 'reading a flood' : 'reading a message'
    const afterMs = Math.round(this.lastInAt)
    this.#log.write({kind: 'gaveUp', what: `${what}: ${this.#bytesIn} bytes came in`, afterMs})
    this.#wire.reset()
  }

  async send(
    frames: readonly FrameSpec[],
    how: {cuts?: readonly number[]; gapMs?: 1 | 2; omit?: number},
    log: Log,
  ): Promise<void> {
    if (this.#over) return
    const bytes = Buffer.concat(frames.map(frameBytes))
    const kept = bytes.subarray(0, Math.max(0, bytes.length - (how.omit ?? 0)))
    const flushMs = this.#play.service.target.limits.deliverMs
    const flushed = this.#write(kept, how.cuts, how.gapMs).then(() => true)
    if ((await patiently(this.#play, flushed, flushMs)) || this.#play.signal.aborted) return
    log.write({kind: 'gaveUp', what: 'writing frames that nobody reads', afterMs: flushMs})
  }

  async fence(log: Log): Promise<boolean> {
    if (!this.open || this.#outgoing.tail) return false
    const text = `fence-${(this.#fences += 1)}`
    void this.#write(frameBytes({opcode: opcodes.ping, payload: {text}}))
    const came = await this.#paid(this.#owed.pong(), `waiting for the pong of ${text}`, log)
    if (!came || !this.#manners.echoes) return came
    // A server may send a pong ahead of the echoes of earlier messages.
    await this.#paid(this.#owed.echoes(), 'waiting for the echoes', log)
    return true
  }

  async awaitPong(log: Log): Promise<void> {
    await this.#paid(this.#owed.pong(), 'waiting for the pong', log)
  }

  async awaitEnd(log: Log, mute = false): Promise<void> {
    const {closeMs, failMs, tcpCloseMs} = this.#play.service.target.limits
    // Who has sent a Close, or half-closed, waits for an answer and then for the end.
    const limitMs = Math.max(failMs, this.#silent ? closeMs + tcpCloseMs : closeMs)
    await this.#untilEnd(limitMs, log, mute)
  }

  async close(step: CloseWs, log: Log): Promise<void> {
    if (this.#over) return
    this.#sendClose(closeFrame(step.code, octetBytes(step.reason)))
    const {closeMs, tcpCloseMs} = this.#play.service.target.limits
    await this.#untilEnd(closeMs + tcpCloseMs, log)
  }

  leave(how: HowToLeave): void {
    if (this.#over) return
    // A whole leave ends the queue too; half of one lets it out first.
    this.#silent = true
    if (how !== 'half') return this.#wire.leave(how)
    void this.#queue.then(() => this.#wire.leave(how))
  }

  end(): void {
    if (this.#serverClose) this.#answerClose()
    this.#wire.close()
  }

  /** Whether what is owed came before the server left, and before it had the time to fail as well as to answer. */
  async #paid(promise: Promise<true>, what: string, log: Log): Promise<boolean> {
    const {failMs, pongMs} = this.#play.service.target.limits
    const limitMs = Math.max(failMs, pongMs)
    const left = Promise.race([this.ended, this.#closeSeen]).then(() => false)
    const came = await inTime(this.#play, Promise.race([promise, left]), limitMs)
    if (came === undefined && !this.#play.signal.aborted)
      log.write({kind: 'gaveUp', what, afterMs: limitMs})
    return came === true
  }

  async #untilEnd(limitMs: number, log: Log, mute = false): Promise<void> {
    const {service, signal} = this.#play
    this.#answersClose = !mute
    if (this.#serverClose && !mute) this.#answerClose()
    const ended = this.ended.then(() => 'ended')
    const first = Promise.race([ended, this.#closeSeen.then(() => 'close')])
    const seen = await inTime(this.#play, first, limitMs)
    if (seen === 'ended' || this.#over) return
    const {limits, ws} = service.target
    const muteMs = mute ? (ws?.closeTimeoutMs ?? limits.closeMs) : 0
    const restMs = seen === 'close' ? limits.tcpCloseMs + muteMs : 0
    if (seen === 'close' && (await inTime(this.#play, ended, restMs))) return
    if (signal.aborted) return
    const afterMs = seen === 'close' ? restMs : limitMs
    log.write({kind: 'gaveUp', what: 'waiting for the end of the connection', afterMs})
  }

  #take(frame: Frame): void {
    switch (frame.opcode) {
      case opcodes.ping:
        // RFC 6455 5.5.2: a ping is answered, unless a Close went before.
        if (this.open && !this.#outgoing.tail) void this.#write(pongFor(frame.payload))
        break
      case opcodes.pong:
        this.#owed.ponged(frame.payload)
        break
      case opcodes.close:
        this.#closed(frame.payload)
        break
      default: {
        const message = this.#messages.take(frame)
        if (message) this.#owed.echoed()
        if (message && !this.#serverClose) this.#manners.onMessage?.(message)
      }
    }
  }

  #closed(body: Buffer): void {
    if (this.#serverClose) return
    this.#serverClose = body.length >= 2 ? {code: body.readUInt16BE(0)} : {}
    this.#seeClose()
    if (this.#answersClose) this.#answerClose()
  }

  /** RFC 6455 5.5.1: a Close is answered with a Close, typically of the same code. */
  #answerClose(): void {
    const {code} = this.#serverClose ?? {}
    const sendable = code !== undefined && code >= 1000 && ![1005, 1006, 1015].includes(code)
    this.#sendClose(closeFrame(sendable ? code : undefined))
  }

  #sendClose(frame: Buffer): void {
    if (this.#silent || this.#over || this.#outgoing.tail) return
    void this.#write(frame)
  }

  #sent(bytes: Buffer): void {
    for (const frame of this.#outgoing.push(bytes)) {
      if (frame.opcode === opcodes.close) this.#silent = true
      else this.#owed.sent(frame)
    }
  }

  /** Writes behind all that was written before: cuts are counted from the first byte of a write. */
  #write(bytes: Buffer, cuts: readonly number[] = [], gapMs?: 1 | 2): Promise<void> {
    this.#sent(bytes)
    this.#queue = this.#queue.then(() => this.#wire.write(bytes, cuts, gapMs))
    return this.#queue
  }
}

function pongFor(payload: Buffer): Buffer {
  return frameBytes({opcode: opcodes.pong, payload: {hex: payload.toString('hex')}})
}
