import type {HowToLeave} from '../script/common.ts'
import type {Play} from './driver.ts'
import type {FaultPlan, WireEnd} from './faults.ts'
import {FaultySocket} from './faulty.ts'
import type {Log, Recorder} from './recorder.ts'

export {cutAfter, type FaultPlan, type WireEnd} from './faults.ts'
export {FaultySocket, latin1} from './faulty.ts'

/** One raw connection of a client. */
export interface Wire {
  readonly conn: string
  readonly socket: FaultySocket
  /** Writes bytes (a string is latin1), in segments that begin at `cuts` (offsets in these bytes), `gapMs` apart. Resolves when the kernel has them all, or the connection has ended. */
  write(bytes: Uint8Array | string, cuts?: readonly number[], gapMs?: 1 | 2): Promise<void>
  /** Hands what comes in to `listener`, what came before included; the last listener counts. */
  onBytes(listener: (bytes: Buffer) => void): void
  /** Closes the connection in order. */
  fin(): void
  /** Sends RST. */
  reset(): void
  /** Leaves as told; `half` and `stall` keep the connection until `close`. */
  leave(how: HowToLeave): void
  /** The first end: server's FIN (behind all its bytes), a reset, a cut, or what we did. Never rejects. */
  readonly ended: Promise<WireEnd>
  /** Ends whatever is left of it. */
  close(): void
}

const counts = new WeakMap<Recorder, Map<string, number>>()

/** The name of the next connection of a client: `<client>.<n>`, n from 1 per case. */
export function nextConn(recorder: Recorder, client: string): string {
  let perClient = counts.get(recorder)
  if (!perClient) counts.set(recorder, (perClient = new Map<string, number>()))
  const number = (perClient.get(client) ?? 0) + 1
  perClient.set(client, number)
  return `${client}.${number}`
}

/**
 * A faulty socket of that client to an origin (`http:`, `https:`, `ws:` or `wss:`), connecting.
 * It is destroyed when the case is over, and refused after `limits.connectMs`.
 */
export function faultySocket(
  play: Play,
  client: string,
  origin: string,
  log: Log,
  plan: FaultPlan = {},
): FaultySocket {
  const {protocol, hostname, port} = new URL(origin)
  const secure = protocol === 'https:' || protocol === 'wss:'
  return new FaultySocket(
    {
      host: hostname.replace(/^\[|\]$/g, ''), // an IPv6 address stands in brackets in a URL only
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      secure,
      client,
      conn: nextConn(play.recorder, client),
      log,
      connectMs: play.service.target.limits.connectMs,
      signal: play.signal,
    },
    plan,
  )
}

/** A faulty socket as `faultySocket` makes it, or undefined when no connection came about (the fact says why). */
export async function connected(socket: FaultySocket): Promise<FaultySocket | undefined> {
  return await new Promise((resolve) => {
    socket.once('connect', () => resolve(socket))
    socket.once('close', () => resolve(undefined))
    if (socket.destroyed) resolve(undefined)
  })
}

/** Opens a raw connection; undefined when none came about (a `refused` fact says why). */
export async function connectWire(
  play: Play,
  client: string,
  origin: string,
  log: Log,
  plan: FaultPlan = {},
): Promise<Wire | undefined> {
  const socket = await connected(faultySocket(play, client, origin, log, plan))
  return socket && wireOn(socket)
}

/** The raw use of a connected faulty socket. */
function wireOn(socket: FaultySocket): Wire {
  const early: Buffer[] = []
  let listener = (bytes: Buffer): void => void early.push(bytes)
  socket.on('data', (bytes: Buffer) => listener(bytes))
  const ended = new Promise<WireEnd>((resolve) => {
    const done = (): void => resolve(socket.ending ?? {by: 'client', how: 'fin'})
    for (const event of ['cut', 'end', 'close']) socket.once(event, done)
  })
  return {
    conn: socket.conn,
    socket,
    ended,
    onBytes(next) {
      listener = next
      for (const bytes of early.splice(0)) next(bytes)
    },
    write: (bytes, cuts = [], gapMs) => write(socket, bytes, cuts, gapMs),
    fin: () => socket.leave('fin'),
    reset: () => socket.reset(),
    leave: (how) => socket.leave(how),
    close: () => socket.leave('fin'),
  }
}

async function write(
  socket: FaultySocket,
  bytes: Uint8Array | string,
  cuts: readonly number[],
  gapMs?: 1 | 2,
): Promise<void> {
  if (!socket.writable || bytes.length === 0) return
  socket.cutOutgoing(cuts, gapMs)
  const chunk = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
  await new Promise<void>((resolve) => {
    socket.once('close', resolve)
    socket.write(chunk, () => {
      socket.removeListener('close', resolve)
      resolve()
    })
  })
}
