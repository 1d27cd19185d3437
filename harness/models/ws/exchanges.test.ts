import {expect, test} from 'vitest'
import type {Target} from '../../target.ts'
import type {Trace, Unstamped} from '../../trace.ts'
import {acceptKey} from './handshake.ts'
import {connections} from './exchanges.ts'
import {wsRule} from './verdict.ts'
import {judgeVersions} from './versions.ts'

const target = {
  ws: {textOnly: false, guaranteedMessage: 8192, strictLengths: false},
  limits: {handshakeMs: 100, failMs: 100, closeMs: 100, tcpCloseMs: 100, pongMs: 100},
} as unknown as Target

const conn = 'a.1'
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const request = `GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`
const refusal = 'HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n'
const accepted = `HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`
const early = '\x81\x81\0\0\0\0a'

const traceOf = (facts: readonly Unstamped[]): Trace =>
  facts.map((fact, at) => ({...fact, at, step: 0}))
const out = (bytes: string): Unstamped => ({kind: 'out', conn, bytes})
const handshake = (response: string, status: number, early?: string): Unstamped => ({
  kind: 'handshake',
  client: 'a',
  conn,
  request,
  response,
  status,
  route: 'echo',
  ending: 'complete',
  ...(early !== undefined && {early}),
})

test('a refusal of a request with early frames breaks nothing, and early-data has held', () => {
  const trace = traceOf([
    out(request + early),
    {kind: 'in', conn, bytes: refusal},
    handshake(refusal, 400, early),
  ])
  const [seen] = connections(trace, target)
  expect(seen?.handshakeJudged.broken).toBeUndefined()
  expect(wsRule('early-data')(trace, target)).toMatchObject({is: 'held'})
})

test('early frames are the first that go out, and their echo shows that they were handled', () => {
  const trace = traceOf([
    out(request + early.slice(0, 3)),
    {kind: 'in', conn, bytes: accepted},
    handshake(accepted, 101, early.slice(0, 3)),
    out(early.slice(3)),
    {kind: 'in', conn, bytes: '\x81\x01a'},
  ])
  const [seen] = connections(trace, target)
  expect(seen?.judged?.broken).toBeUndefined()
  expect(seen?.judged?.exercised).toContain('early-data')
})

test('segments of early frames are none of the request', () => {
  const pieces = (...bytes: string[]): boolean => {
    const trace = traceOf([
      ...bytes.map(out),
      {kind: 'in', conn, bytes: accepted},
      handshake(accepted, 101),
    ])
    return connections(trace, target)[0]!.handshakeJudged.exercised.has('chopped-request')
  }
  expect(pieces(request)).toBe(false)
  expect(pieces(request.slice(0, 9), request.slice(9))).toBe(true)
  expect(pieces(request, early)).toBe(false)
})

test('a server may close upon early frames, but not when it has begun to handle them', () => {
  const seen = (...answers: string[]) =>
    connections(
      traceOf([
        out(request + early + early),
        {kind: 'in', conn, bytes: accepted},
        handshake(accepted, 101, early + early),
        ...answers.map((bytes): Unstamped => ({kind: 'in', conn, bytes})),
        {kind: 'fin', conn, by: 'server'},
      ]),
      target,
    )[0]!.judged
  expect(seen('\x88\x02\x03\xea')?.broken).toBeUndefined()
  expect(seen('\x81\x01a', '\x88\x02\x03\xea')?.broken).toMatchObject({
    rule: 'early-data',
    kind: 'unexpected-close',
  })
})

test('a valid request behind a refused version must be upgraded', () => {
  const other = request.replace('Version: 13', 'Version: 12')
  const refusal = 'HTTP/1.1 400 No\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n'
  const asked = (request: string, response: string, status: number): Unstamped[] => {
    const conn = request === other ? 'a.1' : 'a.2'
    return [
      {kind: 'out', conn, bytes: request},
      {...handshake(response, status), conn, request} as Unstamped,
    ]
  }
  const judged = (...facts: Unstamped[][]) => judgeVersions(traceOf(facts.flat()), target)
  const first = asked(other, refusal, 400)
  expect(judged(first, asked(request, accepted, 101))).toMatchObject({is: 'held'})
  expect(judged(first, asked(request, refusal, 400))).toMatchObject({kind: 'retry-refused'})
  expect(judged(asked(request, refusal, 400), first)).toMatchObject({is: 'held'})
  expect(judged(asked(request, refusal, 400))).toMatchObject({is: 'untried'})
})
