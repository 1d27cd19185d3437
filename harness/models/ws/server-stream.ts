import {isUtf8} from '../utf8.ts'
import {isForbiddenCode, readCloseBody, type CloseBody} from './close-body.ts'
import {FrameParser, isControl, isWholeHeader, opcodes, type FrameHeader} from './frames.ts'

/** Ways in which a server's frame is not valid (RFC 6455 sections 5.1, 5.2, 5.4 to 5.6, 7.4). */
export type ServerFault =
  | 'masked'
  | 'rsv'
  | 'opcode'
  | 'control-fragmented'
  | 'control-too-long'
  | 'length-form'
  | 'fragment-sequence'
  | 'utf8'

/** What one or more whole frames of the server amount to. */
export type ServerEvent =
  | {readonly kind: 'message'; readonly type: number; readonly bytes: Buffer}
  | {readonly kind: 'ping' | 'pong'; readonly payload: Buffer}
  | {
      readonly kind: 'close'
      readonly body: CloseBody
      readonly fault?: 'close-body' | 'close-code' | 'close-reason'
    }
  | {
      readonly kind: 'fault'
      readonly fault: ServerFault
      readonly opcode: number
      readonly bytes: Buffer
    }
  | {readonly kind: 'after-close'; readonly opcode: number}

function headerFault(header: FrameHeader, inMessage: boolean): ServerFault | undefined {
  const {opcode, fin, length, lengthForm, topBit} = header
  if (header.masked) return 'masked'
  if (header.rsv1 || header.rsv2 || header.rsv3) return 'rsv'
  if ((opcode > 2 && opcode < 8) || opcode > 10) return 'opcode'
  if (isControl(opcode) && !fin) return 'control-fragmented'
  if (isControl(opcode) && length > 125) return 'control-too-long'
  const longer = (lengthForm === 16 && length < 126) || (lengthForm === 64 && length < 65_536)
  if (longer || topBit) return 'length-form'
  const continues = opcode === opcodes.continuation
  return !isControl(opcode) && continues !== inMessage ? 'fragment-sequence' : undefined
}

function closeEvent(payload: Buffer): ServerEvent {
  const body = readCloseBody(payload)
  if (body.form === 'one-byte') return {kind: 'close', body, fault: 'close-body'}
  if (body.form === 'code' && isForbiddenCode(body.code))
    return {kind: 'close', body, fault: 'close-code'}
  if (body.form === 'code' && !isUtf8(body.reason))
    return {kind: 'close', body, fault: 'close-reason'}
  return {kind: 'close', body}
}

/** A strict reader of what a server sent; after a fault, or bytes behind its Close, it is done. */
export class ServerStream {
  /** Whole frames read. */
  frames = 0
  readonly #parser = new FrameParser()
  #message: {type: number; parts: Buffer[]; length: number} | undefined
  #closed = false
  #done = false

  /** What `bytes` complete. */
  push(bytes: Buffer): ServerEvent[] {
    const events: ServerEvent[] = []
    for (const frame of this.#parser.push(bytes)) {
      if (this.#done) break
      events.push(...(this.#headerEvents(frame) ?? this.#frameEvents(frame.payload, frame)))
    }
    const tail = this.#parser.tail
    if (tail === undefined || this.#done) return events
    // One byte behind the Close is enough, and a header is: what they announce need not be awaited.
    if (this.#closed || isWholeHeader(tail.header))
      events.push(...(this.#headerEvents(tail.header as FrameHeader) ?? []))
    return events
  }

  /** Whether a frame is begun and not whole. */
  get midFrame(): boolean {
    return this.#parser.tail !== undefined
  }

  /** How many bytes came of a message that is not whole; undefined between messages. */
  get begun(): number | undefined {
    const {tail} = this.#parser
    const opcode = tail?.header.opcode
    const isData = opcode !== undefined && !isControl(opcode)
    if (this.#message === undefined && !isData) return undefined
    return (this.#message?.length ?? 0) + (isData ? (tail?.payload.length ?? 0) : 0)
  }

  #headerEvents(header: FrameHeader): ServerEvent[] | undefined {
    const {opcode} = header
    if (this.#closed) {
      this.#done = true
      return [{kind: 'after-close', opcode}]
    }
    const fault = headerFault(header, this.#message !== undefined)
    if (fault === undefined) return undefined
    this.#done = true
    return [{kind: 'fault', fault, opcode, bytes: Buffer.alloc(0)}]
  }

  #frameEvents(payload: Buffer, {opcode, fin}: FrameHeader): ServerEvent[] {
    this.frames += 1
    if (opcode === opcodes.ping) return [{kind: 'ping', payload}]
    if (opcode === opcodes.pong) return [{kind: 'pong', payload}]
    if (opcode === opcodes.close) {
      this.#closed = true
      return [closeEvent(payload)]
    }
    const message = (this.#message ??= {type: opcode, parts: [], length: 0})
    message.parts.push(payload)
    message.length += payload.length
    if (!fin) return []
    this.#message = undefined
    const bytes = Buffer.concat(message.parts)
    if (message.type !== opcodes.text || isUtf8(bytes))
      return [{kind: 'message', type: message.type, bytes}]
    this.#done = true
    return [{kind: 'fault', fault: 'utf8', opcode: message.type, bytes}]
  }
}
