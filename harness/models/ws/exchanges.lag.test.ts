import {expect, test} from 'vitest'
import type {Target} from '../../target.ts'
import type {Fact, Trace} from '../../trace.ts'
import {wsRule} from './verdict.ts'

const target = {
  ws: {textOnly: false, guaranteedMessage: 8192, strictLengths: false},
  limits: {handshakeMs: 100, failMs: 100, closeMs: 100, tcpCloseMs: 100, pongMs: 100},
} as unknown as Target

const start = (client: string, at: number): Fact => ({
  kind: 'handshake',
  client,
  conn: `${client}.1`,
  request: '',
  response: 'HTTP/1.1 101 Yes\r\n\r\n',
  status: 101,
  route: 'echo',
  ending: 'complete',
  at,
  step: 0,
})
const out = (client: string, bytes: string, at: number): Fact => ({
  kind: 'out',
  conn: `${client}.1`,
  bytes,
  at,
  step: 0,
})
const back = (client: string, bytes: string, at: number): Fact => ({
  kind: 'in',
  conn: `${client}.1`,
  bytes,
  at,
  step: 0,
})
const ping = '\x89\x81\0\0\0\0p'

test('a limit that passed is told as what only time shows; standing still for long lengthens it', () => {
  const watched = {kind: 'gaveUp', what: 'waiting', afterMs: 100, at: 120, step: 0} as const
  const trace: Trace = [start('a', 0), out('a', ping, 10), watched]
  expect(wsRule('pong-payload')(trace, target)).toMatchObject({kind: 'no-pong', timed: true})
  const lag = {kind: 'lag', ms: 60, at: 70, step: -1} as const
  const lagged: Trace = [...trace.slice(0, 2), lag, watched]
  expect(wsRule('pong-payload')(lagged, target)).toMatchObject({is: 'untried'})
  const short: Trace = [...trace.slice(0, 2), {...lag, ms: 30}, watched]
  expect(wsRule('pong-payload')(short, target)).toMatchObject({kind: 'no-pong'})
})

test('what bytes show is not timed', () => {
  const trace: Trace = [start('a', 0), out('a', ping, 10), back('a', '\x8a\x81\0\0\0\0p', 11)]
  const verdict = wsRule('server-output')(trace, target)
  expect(verdict).toMatchObject({is: 'broken', kind: 'masked'})
  expect(verdict).not.toHaveProperty('timed')
})

test('a reset was survived once another connection is served that asked behind it', () => {
  const reset = {kind: 'reset', conn: 'a.1', by: 'client', at: 30, step: 0} as const
  const before: Trace = [start('w', 0), start('a', 10), out('w', ping, 20), reset]
  const answered = back('w', '\x8a\x01p', 40)
  expect(wsRule('reset')([...before, answered], target)).toMatchObject({is: 'untried'})
  const asked: Trace = [...before, answered, out('w', ping, 50), back('w', '\x8a\x01p', 60)]
  expect(wsRule('reset')(asked, target)).toMatchObject({is: 'held'})
})

test('an echo that is still coming is not lost, one that stopped coming is', () => {
  const said = out('a', '\x81\x84\0\0\0\0abcd', 10)
  const coming: Trace = [
    start('a', 0),
    said,
    back('a', '\x01\x01a', 90),
    // Half of a frame is a part of the echo as well.
    back('a', '\x00\x02b', 180),
    back('a', 'c', 270),
  ]
  const late: Trace = [...coming, back('a', '\x80\x01d', 360)]
  expect(wsRule('echo-order')(late, target)).not.toMatchObject({is: 'broken'})
  const watched = {kind: 'gaveUp', what: 'waiting', afterMs: 200, at: 480, step: 0} as const
  const stopped = wsRule('echo-order')([...coming, watched], target)
  expect(stopped).toMatchObject({kind: 'lost', saw: 'none', timed: true})
  const other = [...coming.slice(0, 2), back('a', '\x01\x05wrong', 90), watched]
  expect(wsRule('echo-order')(other, target)).toMatchObject({kind: 'lost'})
})
