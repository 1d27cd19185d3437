import {afterEach, expect, test} from 'vitest'
import type {FactKind, Trace} from '../../trace.ts'
import {only} from '../../trace.ts'
import {
  approach,
  endAll,
  libraryServer,
  opened,
  rawServer,
  upgrade,
} from './approach.test.support.ts'
import {openRaw} from './handshake.ts'

afterEach(endAll)

const kinds = (trace: Trace): FactKind[] => trace.map((fact) => fact.kind)
const bytes = (trace: Trace, kind: 'in' | 'out'): string =>
  only(trace, kind)
    .map((fact) => fact.bytes)
    .join('')

test('frames are echoed by the ws library, and the facts are in order', async () => {
  const messages: string[] = []
  const it = approach(await libraryServer(), {
    onMessage: (conn, {payload}) => messages.push(`${conn} ${payload.toString()}`),
  })
  const socket = await opened(it)
  await socket.send([{opcode: 1, payload: {text: 'hi'}}], {}, it.log)
  expect(await socket.fence(it.log)).toBe(true)
  expect(kinds(it.trace).slice(0, 5)).toEqual(['connect', 'out', 'in', 'handshake', 'out'])
  expect(messages).toEqual(['a.1 hi'])
  expect(bytes(it.trace, 'in').endsWith('\x81\x02hi\x8a\x07fence-1')).toBe(true)
  await socket.close({do: 'close', client: 'a', code: 1000}, it.log)
  expect(await socket.ended).toEqual({by: 'server', code: 1000})
  expect(only(it.trace, 'gaveUp')).toEqual([])
})

test('frames behind the head of the 101 are handed on, and follow the handshake', async () => {
  const messages: string[] = []
  const origin = await rawServer((socket, head) => {
    socket.write(`${upgrade(head)}\x81\x05hello\x89\x01p`, 'latin1')
  })
  const it = approach(origin, {onMessage: (_, {payload}) => messages.push(payload.toString())})
  await opened(it)
  expect(messages).toEqual(['hello'])
  expect(kinds(it.trace)).toEqual(['connect', 'out', 'in', 'handshake', 'in', 'out'])
  expect(only(it.trace, 'handshake')[0]?.response.endsWith('\r\n\r\n')).toBe(true)
  // The pong of the ping: RFC 6455 5.5.3, masked with the fixed key.
  expect(only(it.trace, 'out')[1]?.bytes).toBe('\x8a\x81\x37\xfa\x21\x3dG')
})

test('early frames go out with the request and stand in the handshake', async () => {
  const heads: string[] = []
  const origin = await rawServer((socket, head) => {
    heads.push(head)
    socket.write(upgrade(head))
  })
  const it = approach(origin, {early: [{opcode: 9, mask: null}]})
  await opened(it)
  expect(heads[0]?.endsWith('\r\n\r\n\x89\x00')).toBe(true)
  expect(only(it.trace, 'out')).toHaveLength(1)
  expect(only(it.trace, 'handshake')[0]).toMatchObject({early: '\x89\x00', status: 101})
})

test('a request is cut into segments', async () => {
  const it = approach(await libraryServer(), {spec: {cuts: [1, 20]}})
  await opened(it)
  expect(
    only(it.trace, 'out')
      .map((fact) => fact.bytes.length)
      .slice(0, 2),
  ).toEqual([1, 19])
})

test('a refusal, garbage, silence and a reset are no connection', async () => {
  const answers: [string, string][] = [
    ['HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno', 'complete'],
    ['hello?\r\n', 'malformed'],
    ['HTTP/1.1 101 Swi', 'timeout'],
  ]
  for (const [answer, ending] of answers) {
    const it = approach(await rawServer((socket) => socket.write(answer)))
    expect(await openRaw(it)).toBeUndefined()
    expect(only(it.trace, 'handshake')[0]?.ending).toBe(ending)
  }
  const it = approach(await rawServer((socket) => socket.resetAndDestroy()))
  expect(await openRaw(it)).toBeUndefined()
  expect(kinds(it.trace)).toEqual(['connect', 'out', 'reset', 'handshake'])
})

test('nobody listening is a refused connection without a handshake', async () => {
  const origin = await rawServer(() => {})
  endAll()
  const it = approach(origin)
  expect(await openRaw(it)).toBeUndefined()
  expect(kinds(it.trace)).toEqual(['refused'])
})

test('frames are cut into segments, and the end is withheld', async () => {
  let seen = ''
  const origin = await rawServer((socket, head) => {
    socket.write(upgrade(head))
    socket.on('data', (data: Buffer) => (seen += data.toString('latin1')))
  })
  const it = approach(origin)
  const socket = await opened(it)
  const frames = [{opcode: 1, mask: null, payload: {text: 'abcdef'}}]
  await socket.send(frames, {cuts: [1, 3], gapMs: 2, omit: 2}, it.log)
  expect(
    only(it.trace, 'out')
      .map((fact) => fact.bytes)
      .slice(1),
  ).toEqual(['\x81', '\x06a', 'bcd'])
  // Inside a frame there is no place for a ping.
  expect(await socket.fence(it.log)).toBe(false)
  await socket.send([{opcode: 1, mask: null, payload: {text: ''}}], {}, it.log)
  expect(await socket.fence(it.log)).toBe(false)
  expect(only(it.trace, 'gaveUp').map((fact) => fact.what)).toEqual([
    'waiting for the pong of fence-1',
  ])
  expect(seen.startsWith('\x81\x06abcd\x81\x00')).toBe(true)
})

test('waiting for the end answers the Close of the server, and then its FIN is the end', async () => {
  const origin = await rawServer((socket, head) => {
    socket.write(`${upgrade(head)}\x88\x02\x03\xea`, 'latin1')
    socket.once('data', () => socket.end())
  })
  const it = approach(origin)
  const socket = await opened(it)
  expect(kinds(it.trace).at(-1)).toBe('in')
  await socket.awaitEnd(it.log)
  expect(await socket.ended).toEqual({by: 'server', code: 1002})
  expect(only(it.trace, 'out')[1]?.bytes.slice(0, 6)).toBe('\x88\x82\x37\xfa\x21\x3d')
  expect(only(it.trace, 'gaveUp')).toEqual([])
})

test('a server that leaves TCP open is given up, not before the limits', async () => {
  const origin = await rawServer((socket, head) => {
    socket.write(upgrade(head))
    socket.once('data', () => socket.write('\x88\x00', 'latin1'))
  })
  const it = approach(origin)
  const socket = await opened(it)
  await socket.close({do: 'close', client: 'a'}, it.log)
  const [gaveUp] = only(it.trace, 'gaveUp')
  expect(gaveUp).toMatchObject({what: 'waiting for the end of the connection', afterMs: 50})
  const closeAt = only(it.trace, 'in').at(-1)?.at ?? 0
  expect((gaveUp?.at ?? 0) - closeAt).toBeGreaterThanOrEqual(50)
})

test('a flood is cut off', async () => {
  const frame = Buffer.concat([Buffer.from('827f0000000000100000', 'hex'), Buffer.alloc(1 << 20)])
  const origin = await rawServer((socket, head) => {
    socket.write(upgrade(head))
    for (let count = 0; count < 20; count += 1) socket.write(frame)
  })
  const it = approach(origin)
  const socket = await opened(it)
  expect(await socket.ended).toMatchObject({by: 'client'})
  expect(only(it.trace, 'gaveUp')[0]?.what).toContain('reading a flood')
  expect(only(it.trace, 'reset')).toMatchObject([{by: 'client'}])
})

test('a message without end is cut off', async () => {
  const origin = await rawServer((socket, head) => {
    socket.write(upgrade(head))
    const head9MiB = Buffer.from('017f0000000000900000', 'hex')
    socket.write(Buffer.concat([head9MiB, Buffer.alloc(9 << 20, 97)]))
  })
  const it = approach(origin)
  const socket = await opened(it)
  await socket.ended
  expect(only(it.trace, 'gaveUp')[0]?.what).toContain('reading a message')
})

test('leaving by half ends our direction, and the answer of the server is read', async () => {
  const origin = await rawServer((socket, head) => {
    socket.write(upgrade(head))
    socket.on('end', () => socket.end('\x88\x00', 'latin1'))
  })
  const it = approach(origin)
  const socket = await opened(it)
  socket.leave('half')
  expect(await socket.ended).toEqual({by: 'client'})
  expect(bytes(it.trace, 'in').endsWith('\x88\x00')).toBe(true)
  expect(only(it.trace, 'fin').map((fact) => fact.by)).toEqual(['client', 'server'])
})
