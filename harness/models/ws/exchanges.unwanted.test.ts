import {expect, test} from 'vitest'
import type {Target} from '../../target.ts'
import type {Trace, Unstamped} from '../../trace.ts'
import {connections} from './exchanges.ts'
import {acceptKey} from './handshake.ts'

const target = {
  ws: {textOnly: false, guaranteedMessage: 8192, strictLengths: false},
  limits: {handshakeMs: 100, failMs: 100, closeMs: 100, tcpCloseMs: 100, pongMs: 100},
} as unknown as Target

const conn = 'a.1'
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const request = `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`
const response = `HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`

/** What the rules say when the server meets these bytes of a client with a Close of this code. */
function met(sent: string, code: number, route: string): string {
  const close = Buffer.from([0x88, 2, code >> 8, code & 0xff]).toString('latin1')
  const facts: Unstamped[] = [
    {kind: 'out', conn, bytes: request},
    {kind: 'in', conn, bytes: response},
    {
      kind: 'handshake',
      client: 'a',
      conn,
      request,
      response,
      status: 101,
      route,
      ending: 'complete',
    },
    {kind: 'out', conn, bytes: sent},
    {kind: 'in', conn, bytes: close},
    {kind: 'fin', conn, by: 'server'},
  ]
  const trace = facts.map((fact, at) => ({...fact, at, step: 0})) as Trace
  return connections(trace, target)[0]!.judged?.broken?.kind ?? 'nothing'
}

const text = '\x81\x81\0\0\0\0a'
const reserved = '\xe1\x81\0\0\0\0a'
const ping = '\x89\x81\0\0\0\0a'

test.each([1003, 1007, 1008])(
  'an application may refuse data that it did not ask for by %i',
  (code) => {
    expect(met(text, code, 'plain')).toBe('nothing')
    expect(met(reserved, code, 'subscribe')).toBe('nothing')
  },
)

test('an echo wants every message, and nobody refuses a ping so', () => {
  expect(met(text, 1003, 'echo')).toBe('unexpected-close')
  expect(met(reserved, 1008, 'echo')).toBe('wrong-code')
  expect(met(ping, 1003, 'plain')).toBe('unexpected-close')
})

test('a legal message is no protocol error anywhere', () => {
  expect(met(text, 1002, 'plain')).toBe('unexpected-close')
})
