import {opcodes, type Frame} from '../../models/ws/frames.ts'

/** One whole message of the server. */
export interface Message {
  readonly binary: boolean
  readonly payload: Buffer
}

/** A larger message is not kept. */
export const maxMessageBytes = 8 * 1024 * 1024

/** Joins fragments into messages (RFC 6455 5.4), as a client does that trusts its server; the frames themselves are judged elsewhere. */
export class MessageReader {
  #binary = false
  #parts: Buffer[] | undefined
  #bytes = 0

  /** Whether a message is begun and not whole. */
  get partial(): boolean {
    return this.#parts !== undefined
  }

  /** Whether the message that is begun is above the limit. */
  get tooLarge(): boolean {
    return this.#bytes > maxMessageBytes
  }

  /** The message that this frame completes. */
  take(frame: Frame): Message | undefined {
    const first = frame.opcode === opcodes.text || frame.opcode === opcodes.binary
    if (!first && (frame.opcode !== opcodes.continuation || !this.#parts)) return undefined
    if (first) {
      this.#binary = frame.opcode === opcodes.binary
      this.#parts = []
      this.#bytes = 0
    }
    this.#parts?.push(frame.payload)
    this.#bytes += frame.payload.length
    if (!frame.fin || this.tooLarge) return undefined
    const payload = Buffer.concat(this.#parts ?? [])
    this.#parts = undefined
    return {binary: this.#binary, payload}
  }
}
