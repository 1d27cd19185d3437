import {connect as connectTcp, isIP, type Socket} from 'node:net'
import {connect as connectTls} from 'node:tls'
import type {HowToLeave} from '../script/common.ts'
import type {Bytes, Side} from '../trace.ts'
import type {Connecting, FaultPlan, IncomingCut, WireEnd} from './faults.ts'
import {resetTcp} from './reset.ts'
import {SocketLike} from './socket-like.ts'

/** How long unsent bytes may keep a connection that is being closed, in ms. */
const lingerMs = 100

/**
 * A socket that closes without an error, or with an ECONNRESET, is to undici the proper end of a body without a
 * length; so every end that is none bears an error, without the code of the system.
 */
const left = new Error('the client left')

/**
 * A TCP (or TLS) connection as a Duplex that writes wire facts and does to the connection what its plan says.
 * It stands wherever a `net.Socket` may: as `createConnection` of ws and node:http, and behind an undici connector.
 * It always has an error listener; how it ended stands in `ending`. Over TLS the facts are of the plain text.
 * Emits `connect`, `cut` (a scripted cut was made) and what a Duplex emits.
 */
export class FaultySocket extends SocketLike {
  readonly conn: string
  /** Whether bytes become `in` and `out` facts: a driver may write those of a handshake itself. */
  readonly recording = {in: true, out: true}
  bytesWritten = 0
  /** How the connection ended, first cause first; undefined while it is open. */
  ending: WireEnd | undefined
  readonly #to: Connecting
  readonly #tcp: Socket
  readonly #stream: Socket
  readonly #cut: IncomingCut | undefined
  readonly #handed: (chunk: Buffer) => Buffer
  readonly #pieces: Set<number>
  readonly #finished = {client: false, server: false}
  readonly #connectTimer: NodeJS.Timeout
  #gapMs: number
  #gapTimer: NodeJS.Timeout | undefined
  #deaf = false

  constructor(to: Connecting, plan: FaultPlan = {}) {
    super(to.host, to.port, {allowHalfOpen: plan.halfOpen === true, highWaterMark: 65_536})
    this.#to = to
    this.conn = to.conn
    this.#cut = plan.cut
    this.#handed = plan.handed ?? ((chunk) => chunk)
    this.#pieces = new Set(plan.pieces)
    this.#gapMs = plan.gapMs ?? 1
    const {host, port} = to
    this.#tcp = connectTcp({host, port, noDelay: true, allowHalfOpen: true})
    this.#stream = to.secure ? secured(this.#tcp, host) : this.#tcp
    this.on('error', () => {}) // what it was is in `ending` and in the trace
    this.#connectTimer = setTimeout(() => this.#failed('ETIMEDOUT'), to.connectMs)
    to.signal.addEventListener('abort', this.#aborted)
    this.#listen()
    if (to.signal.aborted) this.destroy()
  }

  /** Ends the connection as a leaving client does. */
  leave(how: HowToLeave): void {
    switch (how) {
      case 'fin':
        return this.#close()
      case 'rst':
        return this.reset()
      case 'half':
        return this.half()
      case 'stall':
        return this.stall()
    }
  }

  /** Ends our own direction in order; what the server still sends is read. */
  half(): void {
    this.#ended({by: 'client', how: 'fin'})
    this.end()
  }

  /** Sends RST at once. */
  reset(): void {
    if (this.destroyed) return
    this.#ended({by: 'client', how: 'reset'})
    if (!this.connecting) this.#to.log.write({kind: 'reset', conn: this.conn, by: 'client'})
    this.#finished.client = true
    resetTcp(this.#tcp)
    this.destroy(left)
  }

  /** Reads nothing from the kernel any more; the connection stays open. */
  stall(): void {
    this.#deaf = true
    this.#stream.pause()
  }

  /** Begins a new segment at each of these offsets, counted from the next byte that is written. */
  cutOutgoing(offsets: readonly number[], gapMs: number = this.#gapMs): void {
    this.#gapMs = gapMs
    for (const offset of offsets) this.#pieces.add(this.bytesWritten + offset)
  }

  override _read(): void {
    if (!this.#deaf) this.#stream.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#finished.client) return done()
    if (this.connecting) {
      this.once('connect', () => this._write(chunk, _encoding, done))
      return
    }
    const start = this.bytesWritten
    const at = [...this.#pieces].filter((offset) => offset > start && offset < start + chunk.length)
    const length = at.length > 0 ? Math.min(...at) - start : chunk.length
    const segment = chunk.subarray(0, length)
    this.bytesWritten += length
    if (this.recording.out)
      this.#to.log.write({kind: 'out', conn: this.conn, bytes: latin1(segment)})
    this.#stream.write(segment, (error) => {
      if (length === chunk.length || error) return done() // an error ends the connection by itself
      const next = (): void => this._write(chunk.subarray(length), _encoding, done)
      this.#gapTimer = setTimeout(next, this.#gapMs)
    })
  }

  override _final(done: () => void): void {
    if (this.connecting) {
      this.once('connect', () => this._final(done))
      return
    }
    this.#fin('client')
    this.#stream.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#connectTimer)
    clearTimeout(this.#gapTimer)
    this.#to.signal.removeEventListener('abort', this.#aborted)
    this.#ended({by: 'client', how: 'fin'})
    if (!this.connecting) this.#fin('client')
    if (!this.#tcp.destroyed) this.#stream.destroySoon()
    // destroySoon waits for unsent bytes; a server that never reads them must not keep us.
    const impatient = setTimeout(() => this.#tcp.destroy(), lingerMs)
    this.#tcp.once('close', () => clearTimeout(impatient))
    if (this.#tcp.closed) clearTimeout(impatient)
    done(error)
  }

  #listen(): void {
    const {client, conn, log, secure} = this.#to
    this.#tcp.on('error', (error: NodeJS.ErrnoException) => this.#failed(error.code ?? 'EUNKNOWN'))
    if (secure) {
      this.#stream.on('error', (error: NodeJS.ErrnoException) => this.#failed(error.code ?? 'ETLS'))
    }
    this.#stream.once(secure ? 'secureConnect' : 'connect', () => {
      clearTimeout(this.#connectTimer)
      if (this.destroyed) return
      log.write({kind: 'connect', conn, client})
      this.connecting = false
      this.emit('connect')
    })
    this.#stream.on('data', (chunk: Buffer) => this.#incoming(chunk))
    this.#stream.on('end', () => {
      this.#fin('server')
      if (this.#deaf) return
      this.#ended({by: 'server', how: 'fin'})
      this.push(null)
    })
    this.#stream.on('close', () => this.destroy())
  }

  #incoming(chunk: Buffer): void {
    if (this.#deaf || this.destroyed) return
    const kept = this.#cut?.within(chunk)
    const bytes = kept === undefined ? chunk : chunk.subarray(0, kept)
    if (bytes.length > 0) {
      if (this.recording.in) this.#to.log.write({kind: 'in', conn: this.conn, bytes: latin1(bytes)})
      if (!this.push(this.#handed(bytes)) && kept === undefined) this.#stream.pause()
    }
    if (kept !== undefined) this.#cutNow(this.#cut!.how)
  }

  #cutNow(how: HowToLeave): void {
    this.#deaf = true
    this.#stream.pause()
    this.#ended({by: 'client', how: 'cut'})
    // Libraries read what was kept in later ticks; a socket that is destroyed has nothing to read.
    setImmediate(() => {
      if (this.destroyed) return
      this.emit('cut')
      this.leave(how)
      // With half a close the rest is read and dropped, so that the server can end in order.
      if (how === 'half') this.#stream.resume()
    })
  }

  #close(): void {
    if (this.destroyed) return
    this.#ended({by: 'client', how: 'fin'})
    this.destroy(left)
  }

  #fin(by: Side): void {
    if (this.#finished[by]) return
    this.#finished[by] = true
    this.#to.log.write({kind: 'fin', conn: this.conn, by})
  }

  #failed(error: string): void {
    if (this.destroyed) return
    const {client, conn, log} = this.#to
    if (this.connecting) {
      log.write({kind: 'refused', conn, client, error})
      this.#ended({by: 'server', how: 'refused', error})
    } else {
      log.write({kind: 'reset', conn, by: 'server', error})
      this.#ended({by: 'server', how: 'reset', error})
    }
    this.#finished.client = true
    this.destroy(new Error(`connection failed: ${error}`))
  }

  #ended(end: WireEnd): void {
    this.ending ??= end
  }

  readonly #aborted = (): void => {
    this.destroy(left)
  }
}

function secured(socket: Socket, host: string): Socket {
  return connectTls({socket, ...(isIP(host) === 0 ? {servername: host} : {})})
}

/** Bytes as the trace holds them. */
export function latin1(bytes: Uint8Array): Bytes {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
