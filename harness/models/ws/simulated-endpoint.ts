import type {Choices} from './simulated-choices.ts'

/**
 * A naive receiving endpoint without a socket, by which the oracle is tried: bytes in, bytes out. It
 * shares no line with the oracle, reads its whole input anew each time, and every freedom and every
 * fault is a choice.
 */

/** What an endpoint does to its side of the connection. */
export type Act = {readonly write: Buffer} | {readonly finAfterMs: number} | 'fin' | 'reset'

interface Head {
  readonly opcode: number
  readonly fin: boolean
  readonly rsv: number
  readonly masked: boolean
  readonly form: number
  readonly length: number
  readonly big: boolean
  readonly size: number
}

function headOf(bytes: Buffer, bits: number): Head | undefined {
  if (bytes.length < 2) return undefined
  const [first = 0, second = 0] = bytes
  const marker = second % 128
  const form = marker === 126 ? 2 : marker === 127 ? 8 : 0
  const masked = second >= 128
  const size = 2 + form + (masked ? 4 : 0)
  if (bytes.length < size) return undefined
  let length = marker
  if (form > 0) {
    length = 0
    for (const byte of bytes.subarray(2, 2 + form)) length = length * 256 + byte
    length %= 2 ** bits
  }
  const big = form === 8 && (bytes[2] ?? 0) >= 128
  const rsv = (first >> 4) % 8
  return {opcode: first % 16, fin: first >= 128, rsv, masked, form, length, big, size}
}

function frame(opcode: number, payload: Buffer, fin = true): Buffer {
  const {length} = payload
  const head =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length % 256]
        : [127, 0, 0, 0, 0, length >> 24, (length >> 16) % 256, (length >> 8) % 256, length % 256]
  return Buffer.concat([Buffer.from([(fin ? 128 : 0) + opcode, ...head]), payload])
}

const code = (value: number | undefined): Buffer =>
  value === undefined ? Buffer.alloc(0) : Buffer.from([value >> 8, value % 256])

function isText(bytes: Buffer, whole: boolean): boolean {
  try {
    new TextDecoder('utf-8', {fatal: true}).decode(bytes, {stream: !whole})
    return true
  } catch {
    return false
  }
}

/** One connection of such an endpoint. */
export class SimulatedEndpoint {
  readonly #choices: Choices
  #input = Buffer.alloc(0)
  #open: {type: number; parts: Buffer[]; controls: Buffer[]} | undefined
  #echoed = 0
  #over: 'no' | 'closed' | 'gone' = 'no'
  #acts: Act[] = []
  #echoes: Buffer[] = []
  #pongs: Buffer[] = []

  constructor(choices: Choices) {
    this.#choices = choices
  }

  /** What it does on reading `bytes`. */
  read(bytes: Buffer): Act[] {
    this.#acts = []
    this.#pongs = []
    this.#echoes = []
    this.#input = Buffer.concat([this.#input, bytes])
    while (this.#over === 'no' || (this.#over === 'closed' && this.#choices.readsOn))
      if (!this.#step()) break
    if (this.#over === 'closed' && this.#choices.leaveWaits) this.#awaitClose()
    this.#flush()
    return this.#acts
  }

  /** What it does on reading the client's FIN. */
  fin(): Act[] {
    return this.#over === 'gone' || this.#choices.onFin === 'stay' ? [] : ['fin']
  }

  #write(bytes: Buffer): void {
    this.#acts.push({write: bytes})
  }

  #flush(): void {
    const pongs = this.#choices.mergePongs ? this.#pongs.slice(-1) : this.#pongs
    for (const pong of pongs) this.#write(pong)
    for (const echo of this.#echoes) this.#write(echo)
    this.#pongs = []
    this.#echoes = []
  }

  #ends(): void {
    if (!this.#choices.closesTcp) return
    this.#acts.push('fin')
    this.#over = 'gone'
  }

  #fail(usual: number): false {
    this.#flush()
    const {failBy, failCode} = this.#choices
    if (failBy === 'close') this.#write(frame(8, code(failCode(usual))))
    this.#over = 'gone'
    if (failBy === 'reset') this.#acts.push('reset')
    else this.#ends()
    return false
  }

  /** Handles one frame; false: nothing more can be done with the input. */
  #step(): boolean {
    const head = headOf(this.#input, this.#choices.lengthBits)
    if (head === undefined) return this.#input.length > 0 && this.#lookAhead(this.#input)
    const whole = this.#input.length >= head.size + head.length
    if (whole || this.#choices.eager || this.#isTooLong(head)) {
      const wrong = this.#wrongHead(head)
      if (wrong !== undefined) return this.#fail(wrong)
    }
    if (!whole) return this.#earlyText(head)
    const key = this.#input.subarray(head.size - 4, head.size)
    const raw = this.#input.subarray(head.size, head.size + head.length)
    this.#input = this.#input.subarray(head.size + head.length)
    const plain = head.masked ? raw.map((byte, index) => byte ^ (key[index % 4] ?? 0)) : raw
    return this.#take(head, Buffer.from(plain))
  }

  /** Whether waiting for the rest of the frame is what a rule is there to prevent. */
  #isTooLong({opcode, length, big}: Head): boolean {
    const before = Buffer.concat(this.#open?.parts ?? []).length
    return big || (opcode >= 8 ? length > 125 : before + length > this.#choices.maxMessage)
  }

  #lookAhead([first = 0]: Buffer): false {
    const enforced = this.#choices.eager && !this.#choices.ignores.has('rsv')
    return enforced && (first >> 4) % 8 > 0 ? this.#fail(1002) : false
  }

  #earlyText(head: Head): false {
    const type = head.opcode === 0 ? this.#open?.type : head.opcode
    if (!this.#choices.earlyUtf8 || type !== 1 || !head.masked) return false
    if (head.opcode === 1 && this.#open !== undefined) return false
    const key = this.#input.subarray(head.size - 4, head.size)
    const plain = this.#input.subarray(head.size).map((byte, at) => byte ^ (key[at % 4] ?? 0))
    const so = Buffer.concat([...(this.#open?.parts ?? []), plain])
    return isText(so, false) ? false : this.#fail(1007)
  }

  #wrongHead({opcode, fin, rsv, masked, form, length, big}: Head): number | undefined {
    const {ignores, refuseLongForms, maxMessage} = this.#choices
    const control = opcode >= 8
    const has = (rule: string, wrong: boolean): boolean => wrong && !ignores.has(rule)
    if (has('mask', !masked) || has('rsv', rsv > 0)) return 1002
    if (has('opcode', (opcode > 2 && opcode < 8) || opcode > 10)) return 1002
    if (has('control-fin', control && !fin) || has('control-long', control && length > 125))
      return 1002
    if (has('orphan', opcode === 0 && this.#open === undefined)) return 1002
    if (has('inside', (opcode === 1 || opcode === 2) && this.#open !== undefined)) return 1002
    if (has('close', opcode === 8 && length === 1)) return 1002
    if (big) return 1009
    const least = form === 2 ? 126 : form === 8 ? 65_536 : 0
    if (refuseLongForms && length < least) return 1002
    const before = Buffer.concat(this.#open?.parts ?? []).length
    return has('size', !control && before + length > maxMessage) ? 1009 : undefined
  }

  #take({opcode, fin}: Head, payload: Buffer): boolean {
    if (opcode === 8) return this.#close(payload)
    if (opcode === 9 || opcode === 10) {
      this.#open?.controls.push(payload)
      const pong = opcode === 9 ? this.#choices.pong(payload) : undefined
      if (pong !== undefined) this.#say(frame(10, pong), this.#pongs)
      return true
    }
    if (opcode > 2) return true
    if (opcode > 0 || this.#open === undefined)
      this.#open = {type: opcode === 0 ? 2 : opcode, parts: [], controls: []}
    this.#open.parts.push(payload)
    const {type, parts, controls} = this.#open
    const checks = type === 1 && !this.#choices.ignores.has('utf8')
    const judged = fin || this.#choices.earlyUtf8
    if (checks && judged && !isText(Buffer.concat(parts), fin)) return this.#fail(1007)
    if (this.#choices.givesFragments) this.#deliver(type, parts.splice(0), controls)
    if (!fin) return true
    this.#open = undefined
    if (this.#choices.givesFragments) return true
    return this.#deliver(type, parts, controls)
  }

  #say(bytes: Buffer, held: Buffer[]): void {
    const {mergePongs, lateEchoes} = this.#choices
    if (held === this.#pongs ? mergePongs || lateEchoes : lateEchoes) held.push(bytes)
    else this.#write(bytes)
  }

  #deliver(type: number, parts: readonly Buffer[], controls: readonly Buffer[]): boolean {
    const {echo, echoFragment, heartbeat, leaveAfter, leaveBy, leaveWaits} = this.#choices
    if (heartbeat !== undefined) this.#write(frame(10, heartbeat))
    const answer = echo(type, parts, controls)
    if (answer !== undefined) {
      const {bytes} = answer
      const sizes = Math.max(1, Math.ceil(bytes.length / echoFragment))
      const pieces = Array.from({length: sizes}, (_, at) => {
        const part =
          sizes === 1 ? bytes : bytes.subarray(at * echoFragment, (at + 1) * echoFragment)
        return frame(at === 0 ? answer.type : 0, part, at === sizes - 1)
      })
      this.#say(Buffer.concat(pieces), this.#echoes)
    }
    this.#echoed += 1
    if (this.#echoed < leaveAfter) return true
    this.#flush()
    if (leaveBy === 'tcp') this.#ends()
    else {
      this.#write(frame(8, code(leaveBy)))
      this.#over = 'closed'
      if (leaveWaits) this.#acts.push({finAfterMs: 900})
      else this.#ends()
    }
    return false
  }

  /** Behind its own Close it only looks for the client's. */
  #awaitClose(): void {
    for (;;) {
      const head = headOf(this.#input, this.#choices.lengthBits)
      if (head === undefined || this.#input.length < head.size + head.length) return
      this.#input = this.#input.subarray(head.size + head.length)
      if (head.opcode === 8) {
        this.#ends()
        return
      }
    }
  }

  #close(body: Buffer): boolean {
    const status = body.length < 2 ? 1000 : body.readUInt16BE(0)
    const bad = status < 1000 || status > 4999 || [1004, 1005, 1006, 1015].includes(status)
    const {ignores, closeReply, afterClose, readsOn} = this.#choices
    if (!ignores.has('close') && (body.length === 1 || bad)) return this.#fail(1002)
    if (!ignores.has('reason') && !isText(body.subarray(2), true)) return this.#fail(1007)
    this.#flush()
    const reply = closeReply(body)
    if (reply !== undefined && !readsOn) this.#write(frame(8, reply))
    if (afterClose.length > 0) this.#write(afterClose)
    this.#over = 'closed'
    if (!readsOn) {
      this.#ends()
      return false
    }
    return true
  }
}
