import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {FrameNames} from './frames.ts'

test('a header says opcode, flags and an odd mask', () => {
  expect(new FrameNames(true).name('\x01\x00')).toEqual(['text (FIN=0, unmasked)'])
  expect(new FrameNames(false).name('\xc3\x80\x00\x00\x00\x00')).toEqual([
    'opcode 3 (RSV=4, masked)',
  ])
})

test('a length of 64 bits is believed', () => {
  expect(new FrameNames(false).name('\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xffabc')).toEqual([
    'binary "abc", 3 of 9223372036854775807 bytes',
  ])
})

test('a close tells its code and reason', () => {
  expect(new FrameNames(false).name('\x88\x05\x03\xe8bye\x88\x00\x88\x01\x03')).toEqual([
    'close 1000 "bye"',
    'close',
    'close "\\x03"',
  ])
})

test('cutting two small frames anywhere names two frames', () => {
  const wire = '\x81\x02hi\x89\x00'
  fc.assert(
    fc.property(fc.integer({min: 1, max: wire.length - 1}), (cut) => {
      const names = new FrameNames(false)
      const told = [...names.name(wire.slice(0, cut)), ...names.name(wire.slice(cut))]
      expect(told.filter((name) => name.startsWith('text') || name === 'ping')).toHaveLength(2)
    }),
  )
})

test('any bytes are named without an error', () => {
  const bytes = fc
    .uint8Array({maxLength: 64, size: 'max'})
    .map((array) => String.fromCharCode(...array))
  fc.assert(
    fc.property(fc.boolean(), fc.array(bytes, {maxLength: 4, size: 'max'}), (masked, pieces) => {
      const names = new FrameNames(masked)
      for (const piece of pieces) expect(names.name(piece).length > 0).toBe(piece !== '')
    }),
  )
})
