import {expect, test} from 'vitest'
import type {Target} from '../../target.ts'
import type {Trace, Unstamped} from '../../trace.ts'
import {judgeCrosstalk, judgeIsolation} from './company.ts'
import {acceptKey} from './handshake.ts'

const target = {
  ws: {textOnly: false, guaranteedMessage: 8192, strictLengths: false},
  limits: {handshakeMs: 100, failMs: 100, closeMs: 100, tcpCloseMs: 100, pongMs: 100},
} as unknown as Target

const request =
  'GET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'
const accepted = `HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey('dGhlIHNhbXBsZSBub25jZQ==')}\r\n\r\n`

/** Facts 10 ms apart. */
const traceOf = (...facts: readonly (Unstamped | readonly Unstamped[])[]): Trace =>
  facts.flat().map((fact, index) => ({...fact, at: index * 10, step: 0}))
const connOf = (client: string): string => `${client}.1`
const out = (client: string, bytes: string): Unstamped => ({
  kind: 'out',
  conn: connOf(client),
  bytes,
})
const back = (client: string, bytes: string): Unstamped => ({
  kind: 'in',
  conn: connOf(client),
  bytes,
})
const fin = (client: string): Unstamped => ({kind: 'fin', conn: connOf(client), by: 'server'})
const reset = (client: string): Unstamped => ({kind: 'reset', conn: connOf(client), by: 'client'})
const opened = (client: string, status = 101, response = accepted): Unstamped[] => [
  {kind: 'connect', conn: connOf(client), client},
  out(client, request),
  back(client, response),
  {
    kind: 'handshake',
    client,
    conn: connOf(client),
    request,
    response,
    status,
    route: 'echo',
    ending: 'complete',
  },
]
const mask = '\x80\0\0\0\0'
const ping = (client: string): Unstamped[] => [
  out(client, '\x89\x81\0\0\0\0p'),
  back(client, '\x8a\x01p'),
]
/** RSV1 without an extension (RFC 6455 5.2). */
const harm = (client: string): Unstamped => out(client, '\xc1\x80\0\0\0\0')
const refused = (status: number): Unstamped[] =>
  opened('n', status, `HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`)

test('who is served before and behind the harm of another, and a newcomer, are well', () => {
  const trace = traceOf(
    opened('w'),
    ping('w'),
    opened('a'),
    harm('a'),
    back('a', '\x88\x02\x03\xea'),
    fin('a'),
    ping('w'),
    opened('n'),
    ping('n'),
  )
  expect(judgeIsolation(trace, target)).toEqual({is: 'held', labels: ['served', 'let-in']})
  expect(judgeIsolation(trace.slice(0, 9), target)).toMatchObject({is: 'untried'})
})

test.each([
  ['the end of TCP', []],
  ['a Close 1002', [back('w', '\x88\x02\x03\xea')]],
] as const)(
  'a healthy client that is ended by %s behind the harm of another was not isolated from it',
  (_, before) => {
    const trace = traceOf(opened('w'), ping('w'), opened('a'), harm('a'), before, fin('w'))
    expect(judgeIsolation(trace, target)).toMatchObject({is: 'broken', kind: 'ended', alone: true})
  },
)

test.each([
  ['with 1001', [back('w', '\x88\x02\x03\xe9'), fin('w')]],
  ['after its own Close', [out('w', `\x88${mask}`), back('w', '\x88\x00'), fin('w')]],
] as const)('a healthy client may be ended %s', (_, facts) => {
  const trace = traceOf(opened('w'), ping('w'), opened('a'), harm('a'), facts)
  expect(judgeIsolation(trace, target).is).not.toBe('broken')
})

test('who was ended before anybody did harm suffered from nobody', () => {
  const trace = traceOf(opened('w'), ping('w'), opened('a'), fin('w'), harm('a'))
  expect(judgeIsolation(trace, target)).toMatchObject({is: 'untried'})
})

test('silence towards a client that was answered before is told as what only time shows', () => {
  const late = {kind: 'gaveUp', what: 'waiting', afterMs: 100} as const
  const trace = [
    ...traceOf(opened('w'), ping('w'), opened('a'), reset('a'), ping('w').slice(0, 1)),
    {...late, at: 900, step: 0},
  ]
  expect(judgeIsolation(trace, target)).toMatchObject({kind: 'unserved', timed: true})
})

test('a newcomer is refused by a server that let others in before; overload is no refusal', () => {
  const before = [...opened('w'), ...ping('w'), ...opened('a'), reset('a')]
  const with404 = traceOf(before, refused(404))
  expect(judgeIsolation(with404, target)).toMatchObject({is: 'broken', kind: 'refused'})
  for (const status of [429, 503])
    expect(judgeIsolation(traceOf(before, refused(status)), target)).toMatchObject({is: 'untried'})
})

/** A text frame of the client, unmasked by a key of zeros. */
const says = (client: string, text: string, first = '\x81'): Unstamped =>
  out(client, `${first}${String.fromCharCode(0x80 + text.length)}\0\0\0\0${text}`)
const hears = (client: string, text: string, first = '\x81'): Unstamped =>
  back(client, `${first}${String.fromCharCode(text.length)}${text}`)

test('clients that each hear themselves are apart, however the server cuts its echoes', () => {
  const trace = traceOf(
    opened('a'),
    opened('b'),
    says('a', '<a sa', '\x01'),
    says('b', '<b says>'),
    says('a', 'ys>', '\x80'),
    hears('b', '<b says>'),
    hears('a', '<a', '\x01'),
    hears('a', ' says>', '\x80'),
  )
  expect(judgeCrosstalk(trace, target)).toEqual({is: 'held', labels: ['apart']})
  expect(judgeCrosstalk(trace.slice(0, 9), target)).toMatchObject({is: 'untried'})
})

test.each(['<b says>', '<a says><b says>', 'b says'])(
  'a client that hears %s hears another',
  (heard) => {
    const trace = traceOf(
      opened('a'),
      opened('b'),
      says('a', '<a says>'),
      says('b', '<b says>'),
      hears('a', heard),
    )
    expect(judgeCrosstalk(trace, target)).toMatchObject({kind: 'foreign', at: [10], alone: true})
  },
)

test('what two clients both said, and what nobody said, came from no other client', () => {
  for (const heard of ['says>', 'a new text']) {
    const trace = traceOf(
      opened('a'),
      opened('b'),
      says('a', '<a says>'),
      says('b', '<b says>'),
      hears('a', heard),
      hears('b', heard),
    )
    expect(judgeCrosstalk(trace, target)).toMatchObject({is: 'held'})
  }
})

test('pings that are the same to everybody, and their pongs, mix nothing', () => {
  const beat = (client: string): Unstamped => back(client, '\x89\x05hello')
  const said = (client: string, text: string): Unstamped[] => [
    out(client, `\x81\x84\0\0\0\0${text}`),
    back(client, `\x81\x04${text}`),
  ]
  const trace = traceOf(
    opened('a'),
    opened('w'),
    said('a', 'of a'),
    said('w', 'of w'),
    beat('w'),
    out('w', '\x8a\x85\0\0\0\0hello'),
    beat('a'),
  )
  expect(judgeCrosstalk(trace, target)).toMatchObject({is: 'held'})
})
