import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Fact, Trace} from '../trace.ts'
import {lostTrace} from './sample.ts'
import {timeline} from './timeline.ts'

const text = (trace: Trace, proof: readonly Fact[], most = 25): string[] =>
  timeline(trace, proof, {most, width: 110}).map((line) => line.text.trimEnd())

test('bytes are escaped, and facts that only repeat them are left out', () => {
  expect(text(lostTrace, [lostTrace[9]!])).toMatchInlineSnapshot(`
    [
      "       0.0     0  p   > publish p1 "~k.p1~"",
      "       1.2     0      < p1 acked 201, id 1",
      "       1.3     1  p   > publish p2 "~k.p2~"",
      "       1.4     1      < p2 acked 201, id 2",
      "       1.5     2  a.1 · connected",
      "       1.7     2  a.1 > GET /c/stream HTTP/1.1\\r\\n\\r\\n",
      "       2.3     2  a.1 < (72 bytes) HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n\\r\\nid: 2\\ndata: ~k.…",
      "✗      2.4     2  a.1 < event p2 id 2 "~k.p2~"",
      "      43.4     3  a   · quiet for 41 ms",
    ]
  `)
})

test('frames of a WebSocket are named, also when they come in pieces', () => {
  const trace: Trace = [
    {
      kind: 'handshake',
      at: 0,
      step: 0,
      client: 'a',
      conn: 'a.1',
      request: 'GET /echo HTTP/1.1\r\nHost: x\r\n\r\n',
      response: 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
      status: 101,
      early: '\x89\x80\x00\x00\x00\x00',
      route: 'echo',
      ending: 'complete',
    },
    {kind: 'out', at: 1, step: 1, conn: 'a.1', bytes: '\x81\x85\x01\x01\x01\x01idmmn'},
    {kind: 'in', at: 2, step: 1, conn: 'a.1', bytes: '\x81\x05he'},
    {kind: 'in', at: 3, step: 1, conn: 'a.1', bytes: 'llo\x88\x07\x03\xeaoops!'},
    {kind: 'out', at: 4, step: 2, conn: 'a.1', bytes: '\x88'},
    {kind: 'out', at: 5, step: 2, conn: 'a.1', bytes: '\x02\x03\xea'},
    {kind: 'reset', at: 6, step: 2, conn: 'a.1', by: 'server', error: 'ECONNRESET'},
  ]
  expect(text(trace, [trace[3]!])).toMatchInlineSnapshot(`
    [
      "       0.0     0  a.1 > GET /echo HTTP/1.1 -> HTTP/1.1 101 Switching Protocols, early ping",
      "       1.0     1  a.1 > text "hello"  \\x81\\x85\\x01\\x01\\x01\\x01idmmn",
      "       2.0     1  a.1 < text "he", 2 of 5 bytes  \\x81\\x05he",
      "✗      3.0     1  a.1 < … 3 more bytes + close 1002 "oops!"  llo\\x88\\x07\\x03\\xeaoops!",
      "       4.0     2  a.1 > part of a header (1 bytes)  \\x88",
      "       5.0     2  a.1 > close (unmasked) 1002  \\x02\\x03\\xea",
      "       6.0     2  a.1 < RST (ECONNRESET)",
    ]
  `)
})

test('a long trace keeps the lines around the proof and tells what is left out', () => {
  const trace = Array.from({length: 100}, (_, index): Fact => ({
    kind: 'lag',
    at: index,
    step: -1,
    ms: index,
  }))
  expect(text(trace, [trace[50]!], 5)).toMatchInlineSnapshot(`
    [
      "            … 47 more",
      "      47.0         · the harness stood still for 47 ms",
      "      48.0         · the harness stood still for 48 ms",
      "      49.0         · the harness stood still for 49 ms",
      "✗     50.0         · the harness stood still for 50 ms",
      "      51.0         · the harness stood still for 51 ms",
      "            … 48 more",
    ]
  `)
})

test('however long a trace is, a timeline has its proof and few lines', () => {
  const size = fc.integer({min: 1, max: 200})
  fc.assert(
    fc.property(size, fc.nat(), (length, at) => {
      const trace = Array.from({length}, (_, index): Fact => ({
        kind: 'lag',
        at: index,
        step: -1,
        ms: index,
      }))
      const lines = timeline(trace, [trace[at % length]!], {most: 25, width: 100})
      expect(lines.filter((line) => line.proves)).toHaveLength(1)
      expect(lines.length).toBeLessThanOrEqual(27)
    }),
  )
})
