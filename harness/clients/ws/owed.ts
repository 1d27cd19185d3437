import {isControl, opcodes, type Frame} from '../../models/ws/frames.ts'
import {deferred, type Deferred} from '../within.ts'

/** What a server still has to send for the frames that went out: the latest pong, and an echo of each message. */
export class Owed {
  #ping: string | undefined
  #pong: Deferred<true> | undefined
  #messages = 0
  #echoes: Deferred<true> | undefined

  /** A frame went out whole. */
  sent({opcode, fin, payload}: Frame): void {
    if (opcode === opcodes.ping) this.#ping = payload.toString('latin1')
    else if (!isControl(opcode) && fin) this.#messages += 1
  }

  /** A pong came in. */
  ponged(payload: Buffer): void {
    if (payload.toString('latin1') !== this.#ping) return
    this.#ping = undefined
    this.#pong?.resolve(true)
  }

  /** A whole message came in. */
  echoed(): void {
    this.#messages -= 1
    if (this.#messages <= 0) this.#echoes?.resolve(true)
  }

  /** Resolves when the latest ping is answered, at once where none is open. */
  async pong(): Promise<true> {
    if (this.#ping === undefined) return true
    this.#pong = deferred<true>()
    return await this.#pong.promise
  }

  /** Resolves when as many messages came in as went out. */
  async echoes(): Promise<true> {
    if (this.#messages <= 0) return true
    this.#echoes = deferred<true>()
    return await this.#echoes.promise
  }
}
