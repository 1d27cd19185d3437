import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {ClientStream} from './client-stream.ts'
import {encodeFrame} from './frames.ts'
import {terms} from './simulated-script.ts'

const maskKey = Buffer.from('a1b2c3d4', 'hex')
const payload = fc
  .constantFrom('', '61', 'c3', 'a9', 'c3a9', 'ff', '03e8', '03ed', '03f4', '03e8ff', '03')
  .map((hex) => Buffer.from(hex, 'hex'))
const frame = fc
  .record(
    {
      opcode: fc.constantFrom(0, 0, 1, 1, 2, 9, 10, 8, 3),
      fin: fc.boolean(),
      payload,
      lengthForm: fc.constantFrom(7 as const, 7 as const, 7 as const, 16 as const),
      bare: fc.constantFrom(false, false, false, false, true),
    },
    {noNullPrototype: true},
  )
  .map(({bare, fin, ...spec}) =>
    encodeFrame({...spec, fin: fin || spec.opcode > 7, ...(!bare && {maskKey})}),
  )

/** What the oracle knows after `pieces`, without what depends on how they were cut. */
function readAll(pieces: readonly Buffer[]) {
  const stream = new ClientStream(terms, 0)
  for (const piece of pieces) stream.push(piece, 0, false)
  return {
    messages: stream.messages.map((message) => ({...message, features: undefined})),
    pings: stream.pings,
    pongs: stream.pongs,
    failures: stream.failures,
    doom: stream.doom,
    close: stream.close,
    withheld: stream.withheld,
    behind: stream.behind,
    partial: stream.partial,
    tail: stream.tail,
    lastFailure: stream.lastFailure,
  }
}

test('cutting what the client sends anywhere changes nothing', () => {
  const script = fc.array(frame, {maxLength: 6, size: 'max'})
  const cuts = fc.array(fc.nat({max: 60}), {maxLength: 5, size: 'max'})
  fc.assert(
    fc.property(script, cuts, fc.nat({max: 4}), (frames, borders, lost) => {
      const all = Buffer.concat(frames)
      const bytes = all.subarray(0, Math.max(0, all.length - lost))
      const ends = [...borders.sort((a, b) => a - b), bytes.length]
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
      const whole = readAll([bytes])
      expect(readAll(pieces)).toEqual(whole)
      expect(readAll([...bytes].map((byte) => Buffer.of(byte)))).toEqual(whole)
    }),
    {numRuns: 1500},
  )
})

test('nothing behind a doom or a Close becomes a message or a ping', () => {
  const stream = new ClientStream(terms, 0)
  stream.push(encodeFrame({opcode: 8, maskKey}), 0, false)
  stream.push(encodeFrame({opcode: 1, maskKey}), 1, false)
  stream.push(encodeFrame({opcode: 9, maskKey}), 2, false)
  expect([stream.messages, stream.pings, stream.behind.length]).toEqual([[], [], 2])
  expect(stream.close).toMatchObject({index: 0, at: 0, body: {form: 'empty'}, midMessage: false})
})
