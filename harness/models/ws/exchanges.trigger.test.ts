import {expect, test} from 'vitest'
import type {Unstamped} from '../../trace.ts'
import {connections} from './exchanges.ts'
import {
  accepted,
  back,
  conn,
  handshake,
  out,
  request,
  traceOf,
  wsTarget,
} from './exchanges.test.support.ts'

const target = wsTarget({closeTrigger: '!'})

/** The rule that breaks on an echo when these bytes go over an open connection that the server ends. */
function broken(...facts: readonly Unstamped[]): string | undefined {
  const opening = [out(request), back(accepted), handshake()]
  const trace = traceOf([...opening, ...facts, {kind: 'fin', conn, by: 'server'}])
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
