import type {Target} from '../../target.ts'
import type {Trace, Unstamped} from '../../trace.ts'
import {acceptKey} from './handshake.ts'

/** The facts of one connection, as tests of what is judged of them write them. */

export const conn = 'a.1'
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
export const request = `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`
export const accepted = `HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`

/** A target with a WebSocket endpoint, as far as the model of it reads one. */
export function wsTarget(ws: Partial<NonNullable<Target['ws']>> = {}): Target {
  return {
    ws: {textOnly: false, guaranteedMessage: 8192, strictLengths: false, ...ws},
    limits: {handshakeMs: 100, failMs: 100, closeMs: 100, tcpCloseMs: 100, pongMs: 100},
  } as unknown as Target
}

/** One fact each millisecond. */
export function traceOf(facts: readonly Unstamped[]): Trace {
  return facts.map((fact, at) => ({...fact, at, step: 0}))
}

/** Bytes of the client (latin1). */
export function out(bytes: string): Unstamped {
  return {kind: 'out', conn, bytes}
}

/** Bytes of the server (latin1). */
export function back(bytes: string): Unstamped {
  return {kind: 'in', conn, bytes}
}

type Handshake = Extract<Unstamped, {kind: 'handshake'}>

/** What the client tells of its opening handshake: accepted on the route of the echo, unless said otherwise. */
export function handshake(more: Partial<Handshake> = {}): Unstamped {
  return {
    kind: 'handshake',
    client: 'a',
    conn,
    request,
    response: accepted,
    status: 101,
    route: 'echo',
    ending: 'complete',
    ...more,
  }
}
