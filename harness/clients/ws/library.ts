import {WebSocket, type ClientOptions} from 'ws'
import {opcodes} from '../../models/ws/frames.ts'
import type {HowToLeave} from '../../script/common.ts'
import type {CloseWs, FrameSpec} from '../../script/ws.ts'
import type {Play} from '../driver.ts'
import type {FaultySocket} from '../faulty.ts'
import type {Log} from '../recorder.ts'
import {patiently} from '../within.ts'
import type {Ended, WsConnection} from './connection.ts'
import {octetBytes} from './encode.ts'
import {maxMessageBytes, type Message} from './messages.ts'

/** The npm library `ws` as a client: what a user of Node would run. It frames, masks, pongs and closes by itself. */
export class LibraryWebSocket implements WsConnection {
  readonly conn: string
  readonly ended: Promise<Ended>
  readonly #play: Play
  readonly #library: WebSocket
  readonly #socket: FaultySocket
  readonly #pongs = new Map<string, () => void>()
  #fences = 0
  lastInAt: number

  constructor(play: Play, library: WebSocket, socket: FaultySocket) {
    this.conn = socket.conn
    this.#play = play
    this.#library = library
    this.#socket = socket
    this.lastInAt = play.recorder.now()
    let code: number | undefined
    library.on('pong', (data: Buffer) => this.#pongs.get(data.toString('latin1'))?.())
    // 1005 and 1006 are the library's words for "no code" and "no Close" (RFC 6455 7.1.5).
    library.on(
      'close',
      (seen: number) => (code = seen === 1005 || seen === 1006 ? undefined : seen),
    )
    this.ended = new Promise((resolve) => {
      socket.once('close', () => {
        // The library tells its code right behind the end of the socket.
        setImmediate(() => {
          const by = socket.ending?.by ?? 'client'
          resolve({by, ...(code !== undefined && {code})})
        })
      })
    })
  }

  get open(): boolean {
    return this.#library.readyState === WebSocket.OPEN
  }

  /** Bytes came in; the library reads them by itself. */
  receive(): void {
    this.lastInAt = this.#play.recorder.now()
  }

  async send(frames: readonly FrameSpec[]): Promise<void> {
    for (const frame of frames) await this.#send(frame)
  }

  async fence(log: Log): Promise<boolean> {
    if (!this.open) return false
    const text = `fence-${(this.#fences += 1)}`
    const {pongMs} = this.#play.service.target.limits
    const answered = new Promise<true>((resolve) => this.#pongs.set(text, () => resolve(true)))
    this.#library.ping(text)
    const either = Promise.race([answered, this.ended.then(() => false)])
    const came = await patiently(this.#play, either, pongMs)
    if (came === undefined && !this.#play.signal.aborted) {
      log.write({kind: 'gaveUp', what: `waiting for the pong of ${text}`, afterMs: pongMs})
    }
    return came === true
  }

  /** Pings of a script are not told apart from fences here: the latter are waited for where they are sent. */
  async awaitPong(log: Log): Promise<void> {
    await this.fence(log)
  }

  async awaitEnd(log: Log): Promise<void> {
    const {closeMs, failMs, tcpCloseMs} = this.#play.service.target.limits
    await this.#untilEnd(Math.max(failMs, closeMs + tcpCloseMs), log)
  }

  async close(step: CloseWs, log: Log): Promise<void> {
    const reason = octetBytes(step.reason)
    // The library refuses what must not be sent (RFC 6455 5.5, 7.4).
    if (!this.open || !sendable(step.code) || reason.length > 123) return
    if (step.code === undefined) this.#library.close()
    else this.#library.close(step.code, reason)
    const {closeMs, tcpCloseMs} = this.#play.service.target.limits
    await this.#untilEnd(closeMs + tcpCloseMs, log)
  }

  leave(how: HowToLeave): void {
    this.#socket.leave(how)
  }

  end(): void {
    this.#library.terminate()
    this.#socket.destroy()
  }

  async #untilEnd(limitMs: number, log: Log): Promise<void> {
    const ended = await patiently(this.#play, this.ended, limitMs)
    if (ended || this.#play.signal.aborted) return
    const what = 'waiting for the end of the connection'
    log.write({kind: 'gaveUp', what, afterMs: limitMs})
  }

  async #send(frame: FrameSpec): Promise<void> {
    if (!this.open) return
    const payload = octetBytes(frame.payload)
    const control = frame.opcode >= 8
    if (control && payload.length > 125) return
    await new Promise<void>((resolve) => {
      const done = (): void => resolve()
      this.#socket.once('close', done)
      if (frame.opcode === opcodes.ping) this.#library.ping(payload, true, done)
      else if (frame.opcode === opcodes.pong) this.#library.pong(payload, true, done)
      else if (control || frame.opcode > 2) done()
      else {
        const binary = frame.opcode === opcodes.binary
        this.#library.send(payload, {binary, fin: frame.fin ?? true}, done)
      }
    })
  }
}

/** How the library is set up: one connection, no compression, nothing that waits longer than the target's limits. */
export function libraryOptions(
  play: Play,
  headers: Readonly<Record<string, string>>,
  socket: FaultySocket,
): ClientOptions {
  return {
    headers: {...headers},
    perMessageDeflate: false,
    followRedirects: false,
    handshakeTimeout: play.service.target.limits.handshakeMs,
    maxPayload: maxMessageBytes,
    createConnection: () => socket as never,
  }
}

/** Hands the messages of a library connection on. */
export function onMessages(library: WebSocket, take: (message: Message) => void): void {
  library.on('message', (data, binary) => take({binary, payload: data as Buffer}))
}

/** Codes that the library sends (RFC 6455 7.4). */
function sendable(code: number | undefined): boolean {
  if (code === undefined) return true
  if (code >= 3000 && code <= 4999) return true
  return code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)
}
