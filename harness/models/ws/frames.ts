/** RFC 6455 section 5.2: the opcodes that have a meaning. */
export const opcodes = {continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10} as const

/** How the payload length is written: in 7, 16 or 64 bits (RFC 6455 section 5.2). */
export type LengthForm = 7 | 16 | 64

/** One frame to write, legal or not; what is left out is `fin: true`, no RSV bit, no mask. */
export interface FrameSpec {
  readonly opcode: number
  readonly fin?: boolean
  readonly rsv1?: boolean
  readonly rsv2?: boolean
  readonly rsv3?: boolean
  /** Four bytes; left out: the MASK bit is 0 and the payload goes out as it is. */
  readonly maskKey?: Uint8Array
  /** Plain bytes, before masking. */
  readonly payload?: Uint8Array
  /** Left out: the shortest form. */
  readonly lengthForm?: LengthForm
  /** Length that the header states; left out: the real one. */
  readonly declaredLength?: number | bigint
}

/** The fields of a header as far as they are known; `start` counts bytes from the stream's start. */
export interface PartialHeader {
  readonly start: number
  readonly fin: boolean
  readonly rsv1: boolean
  readonly rsv2: boolean
  readonly rsv3: boolean
  readonly opcode: number
  readonly masked?: boolean
  readonly lengthForm?: LengthForm
  /** Declared bytes of payload; inexact above 2^53, where no payload is ever complete. */
  readonly length?: number
  /** Whether the top bit of a 64-bit length is set. */
  readonly topBit?: boolean
  readonly maskKey?: Buffer
  /** Offset of the first byte behind the header. */
  readonly headerEnd?: number
}

/** A header of which every byte is there. `maskKey` is absent exactly where `masked` is false. */
export interface FrameHeader extends PartialHeader {
  readonly masked: boolean
  readonly lengthForm: LengthForm
  readonly length: number
  readonly topBit: boolean
  readonly headerEnd: number
}

/** A whole frame; `payload` is unmasked, `end` is the offset behind its last byte. */
export interface Frame extends FrameHeader {
  readonly payload: Buffer
  readonly end: number
}

/** What is held of a frame that is not whole: fields known so far, and its unmasked payload. */
export interface FrameTail {
  readonly header: PartialHeader
  readonly payload: Buffer
}

/** Whether the opcode is that of a control frame (RFC 6455 section 5.5: top bit set). */
export function isControl(opcode: number): boolean {
  return opcode >= 8
}

function shortestForm(length: bigint): LengthForm {
  if (length <= 125n) return 7
  return length <= 65_535n ? 16 : 64
}

/** Payloads of this many bytes are masked by words: what that needs costs more than shorter ones do. */
const worthWords = 256
/** A buffer of no bytes; each that is made would cost as much as a long one. */
const nothing: Buffer = Buffer.alloc(0)

/** `payload` masked or unmasked with `key`, beginning at offset `from` (RFC 6455 section 5.3). */
export function applyMask(payload: Uint8Array, key: Uint8Array, from = 0): Buffer {
  const {length} = payload
  let done = 0
  // A buffer of its own begins at a word.
  const out = length < worthWords ? Buffer.allocUnsafe(length) : Buffer.allocUnsafeSlow(length)
  if (length >= worthWords) {
    out.set(payload)
    const turned = Uint8Array.from([0, 1, 2, 3], (index) => key[(from + index) & 3]!)
    const [word = 0] = new Uint32Array(turned.buffer)
    const words = new Uint32Array(out.buffer, 0, length >> 2)
    for (let index = 0; index < words.length; index += 1) words[index]! ^= word
    done = words.length << 2
  }
  for (let index = done; index < length; index += 1)
    out[index] = payload[index]! ^ key[(from + index) & 3]!
  return out
}

/**
 * The wire bytes of one frame (RFC 6455 section 5.2).
 * Throws RangeError for what no header can say: a length above its form, an opcode above 15.
 */
export function encodeFrame(spec: FrameSpec): Buffer {
  const payload = spec.payload ?? nothing
  const length = BigInt(spec.declaredLength ?? payload.length)
  const form = spec.lengthForm ?? shortestForm(length)
  const greatest = form === 7 ? 125n : 2n ** BigInt(form) - 1n
  if (length < 0n || length > greatest) throw new RangeError(`${length} does not fit ${form} bits`)
  if (spec.opcode < 0 || spec.opcode > 15) throw new RangeError(`no opcode ${spec.opcode}`)
  const head = Buffer.alloc(form === 7 ? 2 : 2 + form / 8)
  const rsv = (spec.rsv1 ? 0x40 : 0) | (spec.rsv2 ? 0x20 : 0) | (spec.rsv3 ? 0x10 : 0)
  head[0] = (spec.fin === false ? 0 : 0x80) | rsv | spec.opcode
  const marker = form === 7 ? Number(length) : form === 16 ? 126 : 127
  head[1] = (spec.maskKey === undefined ? 0 : 0x80) | marker
  if (form === 16) head.writeUInt16BE(Number(length), 2)
  if (form === 64) head.writeBigUInt64BE(length, 2)
  if (spec.maskKey === undefined) return Buffer.concat([head, payload])
  if (spec.maskKey.length !== 4) throw new RangeError('a masking key has four bytes')
  return Buffer.concat([head, spec.maskKey, applyMask(payload, spec.maskKey)])
}

/** The fields that `bytes`, the start of a frame at offset `start`, already give; none: undefined. */
function readHeader(bytes: Buffer, start: number): PartialHeader | undefined {
  // Not destructured: an iterator for each header is most of what reading it costs.
  const first = bytes[0]
  const second = bytes[1]
  if (first === undefined) return undefined
  const fin = (first & 0x80) !== 0
  const [rsv1, rsv2, rsv3] = [(first & 0x40) !== 0, (first & 0x20) !== 0, (first & 0x10) !== 0]
  const opcode = first & 0x0f
  if (second === undefined) return {start, fin, rsv1, rsv2, rsv3, opcode}
  const masked = (second & 0x80) !== 0
  const marker = second & 0x7f
  const lengthForm: LengthForm = marker === 126 ? 16 : marker === 127 ? 64 : 7
  const lengthEnd = lengthForm === 7 ? 2 : 2 + lengthForm / 8
  if (bytes.length < lengthEnd) return {start, fin, rsv1, rsv2, rsv3, opcode, masked, lengthForm}
  const length =
    lengthForm === 7
      ? marker
      : lengthForm === 16
        ? bytes.readUInt16BE(2)
        : Number(bytes.readBigUInt64BE(2))
  const topBit = lengthForm === 64 && ((bytes[2] ?? 0) & 0x80) !== 0
  const sized = {start, fin, rsv1, rsv2, rsv3, opcode, masked, lengthForm, length, topBit}
  const keyed = masked ? lengthEnd + 4 : lengthEnd
  if (bytes.length < keyed) return sized
  const whole = {headerEnd: start + keyed}
  // Assigned, not spread: headers are read by the hundred thousand.
  if (!masked) return Object.assign(sized, whole)
  return Object.assign(sized, whole, {maskKey: bytes.subarray(lengthEnd, keyed)})
}

/** Whether every byte of the header is there. */
export function isWholeHeader(header: PartialHeader): header is FrameHeader {
  return header.headerEnd !== undefined
}

/**
 * Reads frames from bytes that arrive cut anywhere. It judges nothing: every bit pattern is a frame,
 * so that rules can be applied to what was really sent.
 */
export class FrameParser {
  #offset = 0
  #head: Buffer = nothing
  #header: FrameHeader | undefined
  /** Unmasked payload of the open frame: `#held` bytes, the rest is room to grow. */
  #body: Buffer = nothing
  #held = 0

  /** The frames that `bytes` complete, in order. */
  push(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = []
    let rest: Buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    while (rest.length > 0) {
      rest = this.#header === undefined ? this.#takeHeader(rest) : this.#takePayload(rest)
      const frame = this.#finish()
      if (frame !== undefined) frames.push(frame)
    }
    return frames
  }

  /** The frame that is begun and not whole; undefined between frames. */
  get tail(): FrameTail | undefined {
    const header = this.#header ?? readHeader(this.#head, this.#offset)
    return header && {header, payload: this.#body.subarray(0, this.#held)}
  }

  #takeHeader(rest: Buffer): Buffer {
    const had = this.#head.length
    // No header is longer than 14 bytes: 2, a length of 8, a key of 4.
    const part = rest.subarray(0, 14 - had)
    const bytes = had === 0 ? part : Buffer.concat([this.#head, part])
    const header = readHeader(bytes, this.#offset)
    if (header === undefined || !isWholeHeader(header)) {
      this.#head = bytes
      return nothing
    }
    this.#header = header
    this.#head = nothing
    return rest.subarray(header.headerEnd - this.#offset - had)
  }

  #takePayload(rest: Buffer): Buffer {
    const {length, maskKey} = this.#header ?? {length: 0}
    const part = rest.subarray(0, length - this.#held)
    const plain = maskKey === undefined ? part : applyMask(part, maskKey, this.#held)
    if (part.length === length) {
      // Most frames come whole: they need no room to grow.
      this.#body = plain
      this.#held = length
      return rest.subarray(length)
    }
    const size = this.#held + plain.length
    if (this.#body.length < size) {
      // Doubling keeps a payload that comes byte by byte linear; what is declared is never trusted.
      const room = Buffer.alloc(Math.max(size, Math.min(length, this.#body.length * 2)))
      this.#body.copy(room, 0, 0, this.#held)
      this.#body = room
    }
    plain.copy(this.#body, this.#held)
    this.#held = size
    return rest.subarray(part.length)
  }

  #finish(): Frame | undefined {
    const header = this.#header
    if (header === undefined || this.#held < header.length) return undefined
    const whole = this.#body.length === this.#held
    const payload = whole ? this.#body : this.#body.subarray(0, this.#held)
    const frame = Object.assign(header, {payload, end: header.headerEnd + this.#held})
    this.#offset = frame.end
    this.#header = undefined
    this.#body = nothing
    this.#held = 0
    return frame
  }
}
