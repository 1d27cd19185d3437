import {expect, test} from 'vitest'
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

/** What the rules say when the server meets these bytes of a client with a Close of this code. */
function met(sent: string, code: number, route: string): string {
  const close = Buffer.from([0x88, 2, code >> 8, code & 0xff]).toString('latin1')
  const trace = traceOf([
    out(request),
    back(accepted),
    handshake({route}),
    out(sent),
    back(close),
    {kind: 'fin', conn, by: 'server'},
  ])
  return connections(trace, wsTarget())[0]!.judged?.broken?.kind ?? 'nothing'
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
