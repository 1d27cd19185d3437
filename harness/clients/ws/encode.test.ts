import {expect, test} from 'vitest'
import {closeFrame, frameBytes} from './encode.ts'

test('a frame is masked by a fixed key unless the script says otherwise', () => {
  expect(frameBytes({opcode: 1, payload: {text: 'Hello'}}).toString('hex')).toBe(
    '818537fa213d7f9f4d5158', // RFC 6455 5.7
  )
  expect(frameBytes({opcode: 1, mask: null, payload: {text: 'Hello'}}).toString('hex')).toBe(
    '810548656c6c6f',
  )
  expect(frameBytes({opcode: 2, mask: '00000000', payload: {hex: 'ff00'}}).toString('hex')).toBe(
    '828200000000ff00',
  )
})

test('every field of the header can be set', () => {
  expect(
    frameBytes({opcode: 9, fin: false, rsv: 5, mask: null, form: 16, declared: '4'}).toString(
      'hex',
    ),
  ).toBe('597e0004')
  expect(frameBytes({opcode: 2, mask: null, declared: '9223372036854775808'}).toString('hex')).toBe(
    '827f8000000000000000',
  )
})

test('what no header can say is written the nearest way', () => {
  const long = {repeat: 'a', times: 200}
  expect(frameBytes({opcode: 1, mask: null, form: 7, payload: long}).subarray(0, 4)).toEqual(
    Buffer.from('817e00c8', 'hex'),
  )
  expect(frameBytes({opcode: 17, mask: 'no key', declared: '-1'}).toString('hex')).toBe(
    '818037fa213d',
  )
})

test('a Close bears a code and a reason, or nothing', () => {
  expect(closeFrame(undefined).toString('hex')).toBe('888037fa213d')
  expect(closeFrame(1001, Buffer.from('x')).length).toBe(2 + 4 + 3)
})
