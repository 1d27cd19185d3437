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
import {wsRule} from './verdict.ts'
import {judgeVersions} from './versions.ts'

const target = wsTarget()
const refusal = 'HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n'
const early = '\x81\x81\0\0\0\0a'

test('a refusal of a request with early frames breaks nothing, and early-data has held', () => {
  const trace = traceOf([
    out(request + early),
    back(refusal),
    handshake({response: refusal, status: 400, early}),
  ])
  const [seen] = connections(trace, target)
  expect(seen?.handshakeJudged.broken).toBeUndefined()
  expect(wsRule('early-data')(trace, target)).toMatchObject({is: 'held'})
})

test('early frames are the first that go out, and their echo shows that they were handled', () => {
  const trace = traceOf([
    out(request + early.slice(0, 3)),
    back(accepted),
    handshake({early: early.slice(0, 3)}),
    out(early.slice(3)),
    back('\x81\x01a'),
  ])
  const [seen] = connections(trace, target)
  expect(seen?.judged?.broken).toBeUndefined()
  expect(seen?.judged?.exercised).toContain('early-data')
})

test('segments of early frames are none of the request', () => {
  const pieces = (...bytes: string[]): boolean => {
    const trace = traceOf([...bytes.map(out), back(accepted), handshake()])
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
        back(accepted),
        handshake({early: early + early}),
        ...answers.map(back),
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
    return [{kind: 'out', conn, bytes: request}, handshake({conn, request, response, status})]
  }
  const judged = (...facts: Unstamped[][]) => judgeVersions(traceOf(facts.flat()), target)
  const first = asked(other, refusal, 400)
  expect(judged(first, asked(request, accepted, 101))).toMatchObject({is: 'held'})
  expect(judged(first, asked(request, refusal, 400))).toMatchObject({kind: 'retry-refused'})
  expect(judged(asked(request, refusal, 400), first)).toMatchObject({is: 'held'})
  expect(judged(asked(request, refusal, 400))).toMatchObject({is: 'untried'})
})
