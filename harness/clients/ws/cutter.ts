import {responseReader} from '../../models/http.ts'
import {FrameParser, isControl} from '../../models/ws/frames.ts'
import type {Cut} from '../../script/common.ts'
import {cutAfter, type IncomingCut} from '../faults.ts'

/**
 * The cut of what a WebSocket gives, as the wire needs it: `response` counts from the first byte of the
 * answer, `body` from the first byte behind the head of the 101, or behind `events` whole messages.
 */
export function frameCutter(cut: Cut): IncomingCut {
  if (cut.of === 'response') return cutAfter(cut.bytes, cut.how)
  return {within: new FrameCut(cut).within, how: cut.how}
}

class FrameCut {
  readonly #bytes: number
  readonly #head = responseReader('GET')
  readonly #frames = new FrameParser()
  #messagesLeft: number
  #upgraded = false
  /** Wire position of the first byte that was not told yet. */
  #position = 0
  /** Offset of the first frame, and behind the last message that counts. */
  #framesFrom = 0
  #base: number | undefined

  constructor({bytes, events = 0}: Cut) {
    this.#bytes = bytes
    this.#messagesLeft = events
  }

  readonly within = (chunk: Buffer): number | undefined => {
    const start = this.#position
    this.#position += chunk.length
    const frames = this.#upgraded ? chunk : this.#behindHead(chunk)
    if (frames && this.#base === undefined) this.#count(frames)
    if (this.#base === undefined) return undefined
    const end = this.#base + this.#bytes
    return end <= this.#position ? Math.max(0, end - start) : undefined
  }

  #behindHead(chunk: Buffer): Buffer | undefined {
    const head = this.#head.push(chunk).find((fact) => fact.kind === 'head')
    if (head?.head.status !== 101) return undefined
    this.#upgraded = true
    this.#framesFrom = head.head.end
    if (this.#messagesLeft === 0) this.#base = this.#framesFrom
    return this.#head.rest()
  }

  /** A message is whole with the FIN bit of a data frame (RFC 6455 5.4). */
  #count(bytes: Buffer): void {
    for (const {end, fin, opcode} of this.#frames.push(bytes)) {
      if (isControl(opcode) || !fin) continue
      this.#messagesLeft -= 1
      if (this.#messagesLeft === 0) this.#base = this.#framesFrom + end
    }
  }
}
