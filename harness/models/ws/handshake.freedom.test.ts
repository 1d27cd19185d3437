import {expect, test} from 'vitest'
import {acceptKey, classifyRequest, judgeHandshake, type Handshake} from './handshake.ts'

const lines = [
  'Host: server.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
]
const request = (fields: readonly string[]): string =>
  ['GET /chat HTTP/1.1', ...fields, '', ''].join('\r\n')
const swapped = (name: string, ...more: string[]): string =>
  request([...lines.filter((line) => !line.startsWith(name)), ...more])
const response = (fields: readonly string[]): Buffer =>
  Buffer.from([...fields, '', ''].join('\r\n'))
const accepted = (key: string): Buffer =>
  response([
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
  ])
const refusal = (status: number): Buffer => response([`HTTP/1.1 ${status} No`, 'Content-Length: 0'])

const played = (part: Partial<Handshake>) =>
  judgeHandshake(
    {
      request: request(lines),
      pieces: 1,
      early: false,
      response: accepted('dGhlIHNhbXBsZSBub25jZQ=='),
      end: 'open',
      watchedMs: 1000,
      knownPath: true,
      ...part,
    },
    1000,
  )

test.each([['12'], ['0'], ['255']])('version %s that is refused needs a list', (version) => {
  const head = swapped('Sec-WebSocket-Version', `Sec-WebSocket-Version: ${version}`)
  expect(played({request: head, response: refusal(400)}).broken?.kind).toBe('version-list')
})

test('a version that was not named, or is none, may be refused without a list', () => {
  for (const lines of [[], ['Sec-WebSocket-Version: abc'], ['Sec-WebSocket-Version: 1000']]) {
    const head = swapped('Sec-WebSocket-Version', ...lines)
    const seen = played({request: head, response: refusal(400)})
    expect([seen.broken, seen.exercised.has('version-negotiation')]).toEqual([undefined, true])
  }
})

test('a server may refuse for want of a subprotocol that it knows', () => {
  const head = request([...lines, 'Sec-WebSocket-Protocol: chat'])
  expect(played({request: head, response: refusal(400)}).broken).toBeUndefined()
  expect(played({request: head, response: refusal(500)}).broken?.kind).toBe('refused')
})

test('frames before the 101 may be refused, and closed upon, but not left without an answer', () => {
  const early = (part: Partial<Handshake>) => played({early: true, ...part}).broken
  expect(early({})).toBeUndefined()
  expect(early({response: refusal(400)})).toBeUndefined()
  expect(early({response: Buffer.alloc(0), end: 'fin'})).toBeUndefined()
  expect(early({response: Buffer.alloc(0)})?.kind).toBe('silent')
})

test('a key of 16 bytes whose padding bits are not zero may be accepted (RFC 4648 section 3.5)', () => {
  const head = swapped('Sec-WebSocket-Key', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAB==')
  expect(classifyRequest(head)).toEqual({verdict: 'either', violated: ['key-pad-bits']})
  const response = accepted('AAAAAAAAAAAAAAAAAAAAAB==')
  expect(played({request: head, response}).broken).toBeUndefined()
  expect(played({request: head, response: refusal(400)}).broken).toBeUndefined()
})
