import {expect, test} from 'vitest'
import type {Target} from '../../target.ts'
import type {Trace, Unstamped} from '../../trace.ts'
import {connections} from './exchanges.ts'
import {acceptKey} from './handshake.ts'

const target = {
  ws: {textOnly: false, guaranteedMessage: 8192, strictLengths: false, closeTrigger: '!'},
  limits: {handshakeMs: 100, failMs: 100, closeMs: 100, tcpCloseMs: 100, pongMs: 100},
} as unknown as Target

const conn = 'a.1'
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const request = `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`
const response = `HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`

const out = (bytes: string): Unstamped => ({kind: 'out', conn, bytes})
const back = (bytes: string): Unstamped => ({kind: 'in', conn, bytes})

/** The rule that breaks on an echo when these bytes go over an open connection that the server ends. */
function broken(...facts: readonly Unstamped[]): string | undefined {
  const all: Unstamped[] = [
    out(request),
    back(response),
    {
      kind: 'handshake',
      client: 'a',
      conn,
      request,
      response,
      status: 101,
      route: 'echo',
      ending: 'complete',
    },
    ...facts,
    {kind: 'fin', conn, by: 'server'},
  ]
  const trace = all.map((fact, at) => ({...fact, at, step: 0})) as Trace
  return connections(trace, target)[0]!.judged?.broken?.kind
}

const trigger = '\x81\x81\0\0\0\0!'
const text = '\x81\x81\0\0\0\0a'
const ping = '\x89\x81\0\0\0\0p'
const pong = '\x8a\x01p'
const close = '\x88\x02\x03\xe9'

test('the message that asks for a Close is not echoed, even where a later ping is answered', () => {
  expect(broken(out(trigger), out(ping), back(pong + close))).toBeUndefined()
  expect(broken(out(trigger), out(text), out(ping), back(pong + close))).toBeUndefined()
})

test('what went before it is owed its echo', () => {
  expect(broken(out(text), out(trigger), out(ping), back(pong + close))).toBe('lost')
})
