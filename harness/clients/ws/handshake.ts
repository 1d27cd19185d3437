import {WebSocket} from 'ws'
import type {Cut} from '../../script/common.ts'
import type {FrameSpec, HandshakeSpec} from '../../script/ws.ts'
import type {Play} from '../driver.ts'
import type {Log} from '../recorder.ts'
import {deferred, patiently} from '../within.ts'
import {connected, connectWire, faultySocket} from '../wire.ts'
import type {WsConnection} from './connection.ts'
import {frameCutter} from './cutter.ts'
import {frameBytes} from './encode.ts'
import {HandshakeLog} from './handshake-log.ts'
import {libraryOptions, LibraryWebSocket, onMessages} from './library.ts'
import type {Message} from './messages.ts'
import {openingRequest, requestCuts} from './opening.ts'
import {RawWebSocket} from './raw.ts'

const marginMs = 5

/** One opening handshake to be made. */
export interface Approach {
  readonly play: Play
  readonly client: string
  readonly log: Log
  readonly route: string
  readonly origin: string
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly spec: HandshakeSpec
  readonly early: readonly FrameSpec[]
  readonly cut?: Cut
  /** Is told before the first byte goes out. */
  readonly onConnected: (conn: string) => void
  /** Is told when the last byte of the request was handed over. */
  readonly onSent: (conn: string) => void
  /** Is told when the head of a 101 was read, before any frame behind it. */
  readonly onUpgraded: (conn: string) => void
  readonly onMessage?: (conn: string, message: Message) => void
  /** A Close of the server is answered at once. */
  readonly answersClose: boolean
}

/** Opens a WebSocket with bytes of our own making; undefined when the server did not upgrade (the facts say why). */
export async function openRaw(approach: Approach): Promise<WsConnection | undefined> {
  const {answersClose, client, early, log, origin, play, spec} = approach
  const seed = `${play.marks.nonce} ${client} ${approach.target}`
  const request = openingRequest({...approach, seed})
  let socket: RawWebSocket | undefined
  const upgraded = deferred<boolean>()
  const record = new HandshakeLog(log, {
    client,
    route: approach.route,
    method: spec.method ?? 'GET',
    requestBytes: request.length,
    onDone: (status) => {
      if (status === 101 && socket) approach.onUpgraded(socket.conn)
      upgraded.resolve(status === 101)
    },
    onFrames: (bytes) => socket?.receive(bytes),
  })
  const plan = approach.cut ? {cut: frameCutter(approach.cut)} : {}
  const wire = await connectWire(play, client, origin, record, plan)
  if (!wire) return undefined
  const {conn} = wire
  const {onMessage} = approach
  const hand = onMessage && ((message: Message): void => onMessage(conn, message))
  socket = new RawWebSocket(play, wire, log, {
    answersClose,
    echoes: approach.route === 'echo',
    ...(hand && {onMessage: hand}),
  })
  wire.onBytes(() => {}) // they come by the record, cut at the end of the head
  const earlyBytes = Buffer.concat(early.map(frameBytes))
  socket.sentEarly(earlyBytes)
  approach.onConnected(conn)
  const bytes = Buffer.concat([request, earlyBytes])
  const sent = wire.write(bytes, requestCuts(spec.cuts ?? [], bytes.length))
  void sent.then(() => approach.onSent(conn))
  if (await answer(play, sent, upgraded.promise, record)) return socket
  wire.close()
  return undefined
}

/** Opens a WebSocket by the npm library `ws`; of the handshake's changes only the path counts. */
export async function openByLibrary(approach: Approach): Promise<WsConnection | undefined> {
  const {client, headers, log, onMessage, origin, play, target} = approach
  let connection: LibraryWebSocket | undefined
  const upgraded = deferred<boolean>()
  const record = new HandshakeLog(log, {
    client,
    route: approach.route,
    method: 'GET',
    onDone: (status) => {
      if (status === 101) approach.onUpgraded(socket.conn)
      upgraded.resolve(status === 101)
    },
    onFrames: () => connection?.receive(),
  })
  const socket = faultySocket(play, client, origin, record)
  if (!(await connected(socket))) return undefined
  const {conn} = socket
  approach.onConnected(conn)
  const url = `${origin.replace(/^http/, 'ws')}${target}`
  const library = new WebSocket(url, [], libraryOptions(play, headers, socket))
  library.on('error', () => {}) // what went wrong stands in the wire facts
  library.once('open', () => approach.onSent(conn))
  if (onMessage) onMessages(library, (message) => onMessage(conn, message))
  connection = new LibraryWebSocket(play, library, socket)
  const settled = deferred<boolean>()
  library.once('open', () => settled.resolve(true))
  library.once('close', () => settled.resolve(false))
  const opened = upgraded.promise.then((is) => is && settled.promise)
  if (await answer(play, Promise.resolve(), opened, record)) return connection
  connection.end()
  return undefined
}

/** Whether the server upgraded; its time begins when the request was handed over. */
async function answer(
  play: Play,
  sent: Promise<void>,
  upgraded: Promise<boolean>,
  record: HandshakeLog,
): Promise<boolean> {
  const {handshakeMs} = play.service.target.limits
  await patiently(play, Promise.race([sent, upgraded]), handshakeMs)
  // A judge compares times with the limit: the watch ends behind it, never before.
  const is = await patiently(play, upgraded, handshakeMs + marginMs)
  if (is === undefined && !play.signal.aborted) record.giveUp()
  return is === true
}
