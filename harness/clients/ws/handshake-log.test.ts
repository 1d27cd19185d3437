import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Unstamped} from '../../trace.ts'
import {HandshakeLog} from './handshake-log.ts'

const upgraded =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'

interface Seen {
  facts: Unstamped[]
  frames: string
  done: [number | undefined, string][]
}

function record(requestBytes?: number, method = 'GET'): {log: HandshakeLog; seen: Seen} {
  const seen: Seen = {facts: [], frames: '', done: []}
  const log = new HandshakeLog(
    {write: (fact) => seen.facts.push(fact)},
    {
      client: 'a',
      route: 'echo',
      method,
      ...(requestBytes !== undefined && {requestBytes}),
      onDone: (status, ending) => seen.done.push([status, ending]),
      onFrames: (bytes) => (seen.frames += bytes.toString('latin1')),
    },
  )
  return {log, seen}
}

function bytesOf(facts: Unstamped[], kind: 'in' | 'out'): string {
  return facts.map((fact) => (fact.kind === kind ? fact.bytes : '')).join('')
}

const out = (bytes: string): Unstamped => ({kind: 'out', conn: 'a.1', bytes})
const incoming = (bytes: string): Unstamped => ({kind: 'in', conn: 'a.1', bytes})

test('cutting the response anywhere leaves the handshake between head and frames', () => {
  const frames = '\x81\x02hi\x8a\x00'
  const all = upgraded + frames
  fc.assert(
    fc.property(
      fc.array(fc.integer({min: 0, max: all.length}), {maxLength: 6, size: 'max'}),
      (cuts) => {
        const {log, seen} = record(14)
        log.write(out('GET / HTTP/1.1'))
        const at = [0, ...cuts.toSorted((a, b) => a - b), all.length]
        for (const [index, from] of at.entries()) {
          const piece = all.slice(from, at[index + 1])
          if (piece !== '') log.write(incoming(piece))
        }
        const index = seen.facts.findIndex((fact) => fact.kind === 'handshake')
        expect(bytesOf(seen.facts.slice(0, index), 'in')).toBe(upgraded)
        expect(bytesOf(seen.facts.slice(index), 'in')).toBe(frames)
        expect(seen.frames).toBe(frames)
        expect(seen.done).toEqual([[101, 'complete']])
        expect(seen.facts[index]).toEqual({
          kind: 'handshake',
          client: 'a',
          conn: 'a.1',
          request: 'GET / HTTP/1.1',
          response: upgraded,
          status: 101,
          route: 'echo',
          ending: 'complete',
        })
      },
    ),
  )
})

test('what goes out behind the request is early', () => {
  const {log, seen} = record()
  log.write(out('GET / HTTP/1.1\r\n\r\n\x89\x00'))
  log.write(incoming(upgraded))
  expect(seen.facts.at(-1)).toMatchObject({request: 'GET / HTTP/1.1\r\n\r\n', early: '\x89\x00'})
})

test('a refusal is over when its body is', () => {
  const {log, seen} = record()
  log.write(incoming('HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno'))
  expect(seen.done).toEqual([])
  log.write(incoming('!'))
  expect(seen.done).toEqual([[400, 'complete']])
  expect(seen.facts.at(-1)).toMatchObject({
    response: 'HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno!',
    ending: 'complete',
  })
  expect(seen.frames).toBe('')
})

test('a body without a length ends with the connection, any other is cut by it', () => {
  const open = record()
  open.log.write(incoming('HTTP/1.1 404 Not Found\r\n\r\nno'))
  open.log.write({kind: 'fin', conn: 'a.1', by: 'server'})
  expect(open.seen.done).toEqual([[404, 'complete']])
  const sized = record()
  sized.log.write(incoming('HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nno'))
  sized.log.write({kind: 'fin', conn: 'a.1', by: 'server'})
  expect(sized.seen.done).toEqual([[404, 'cut']])
})

test('garbage, a reset and silence have their endings', () => {
  const garbage = record()
  garbage.log.write(incoming('SSH-2.0-x\r\n'))
  expect(garbage.seen.done).toEqual([[undefined, 'malformed']])
  expect(garbage.seen.facts.at(-1)).toMatchObject({response: 'SSH-2.0-x\r\n'})
  const reset = record()
  reset.log.write(incoming('HTTP/1.1 1'))
  reset.log.write({kind: 'reset', conn: 'a.1', by: 'server'})
  expect(reset.seen.facts.at(-1)).toMatchObject({response: 'HTTP/1.1 1', ending: 'cut'})
  const silence = record()
  silence.log.giveUp()
  silence.log.giveUp()
  expect(silence.seen.done).toEqual([[undefined, 'timeout']])
})

test('an interim response is no answer', () => {
  const {log, seen} = record()
  log.write(incoming('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'))
  expect(seen.done).toEqual([])
  log.write(incoming(upgraded))
  expect(seen.facts.at(-1)).toMatchObject({response: upgraded, status: 101})
})

test('a HEAD has no body to wait for', () => {
  const {log, seen} = record(undefined, 'HEAD')
  log.write(incoming('HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 3\r\n\r\n'))
  expect(seen.done).toEqual([[405, 'complete']])
})

test('an answer without end is cut', () => {
  const {log, seen} = record()
  log.write(incoming('HTTP/1.1 404 Not Found\r\n\r\n'))
  log.write(incoming('a'.repeat(1024 * 1024)))
  expect(seen.done).toEqual([[404, 'cut']])
})

test('a second response, to what went out early, is no part of the answer', () => {
  const {log, seen} = record(0)
  const first = 'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno'
  log.write(incoming(`${first}HTTP/1.1 400 Bad Request\r\n\r\n`))
  expect(seen.facts.at(-1)).toMatchObject({response: first, status: 404})
})

test('an answer to half a request waits for the other half, with what came behind it', () => {
  const {log, seen} = record(10)
  log.write(out('GET /'))
  log.write(incoming(`${upgraded}\x89\x00`))
  log.write(incoming('\x8a\x00'))
  expect(seen.done).toEqual([])
  log.write(out(' HTTP'))
  expect(seen.done).toEqual([[101, 'complete']])
  expect(seen.frames).toBe('\x89\x00\x8a\x00')
  expect(seen.facts.map(({kind}) => kind)).toEqual(['out', 'in', 'out', 'handshake', 'in', 'in'])
  expect(seen.facts[3]).toMatchObject({request: 'GET / HTTP', response: upgraded})
})

test('a connection that ends inside the request is told by what was sent of it', () => {
  const refusal = 'HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n'
  const refused = record(10)
  refused.log.write(out('GET /'))
  refused.log.write(incoming(refusal))
  refused.log.write({kind: 'fin', conn: 'a.1', by: 'server'})
  expect(refused.seen.done).toEqual([])
  refused.log.write({kind: 'reset', conn: 'a.1', by: 'server'})
  expect(refused.seen.facts.at(-1)).toMatchObject({request: 'GET /', response: refusal})
  expect(refused.seen.done).toEqual([[400, 'complete']])
})
