import fc from 'fast-check'
import {expect, test} from 'vitest'
import {encodeFrame} from '../../models/ws/frames.ts'
import type {Cut} from '../../script/common.ts'
import {frameCutter} from './cutter.ts'

const head = Buffer.from('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n')
const ping = encodeFrame({opcode: 9, payload: Buffer.from('p')})
const first = encodeFrame({opcode: 1, payload: Buffer.from('one')})
const half = encodeFrame({opcode: 1, fin: false, payload: Buffer.from('t')})
const rest = encodeFrame({opcode: 0, payload: Buffer.from('wo')})
const wire = Buffer.concat([head, first, ping, half, rest, first])

/** How many bytes of the wire a client is given when it comes in these chunks. */
function kept(cut: Omit<Cut, 'how'>, chunks: readonly Buffer[]): number {
  const {within} = frameCutter({...cut, how: 'fin'})
  let before = 0
  for (const chunk of chunks) {
    const here = within(chunk)
    if (here !== undefined) return before + here
    before += chunk.length
  }
  return before
}

function inChunks(cuts: readonly number[]): Buffer[] {
  const points = [...new Set(cuts.map((cut) => cut % wire.length))].toSorted((a, b) => a - b)
  return [0, ...points].map((from, index) => wire.subarray(from, points[index] ?? wire.length))
}

const behindTwo = head.length + first.length + ping.length + half.length + rest.length

test.each([
  [{bytes: 3, of: 'response'}, 3],
  [{bytes: 0, of: 'body'}, head.length],
  [{bytes: 4, of: 'body'}, head.length + 4],
  [{events: 1, bytes: 2, of: 'body'}, head.length + first.length + 2],
  [{events: 2, bytes: 1, of: 'body'}, behindTwo + 1],
  [{events: 9, bytes: 1, of: 'body'}, wire.length],
] as const)('%j keeps %i bytes, however the wire is chopped', (cut, bytes) => {
  fc.assert(
    fc.property(fc.array(fc.nat(wire.length), {maxLength: 12, size: 'max'}), (cuts) => {
      expect(kept(cut, inChunks(cuts))).toBe(bytes)
    }),
  )
})

test('a refusal is not cut by what is counted behind a 101', () => {
  const refusal = Buffer.from('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno')
  expect(kept({bytes: 1, of: 'body'}, [refusal])).toBe(refusal.length)
})
