import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {feedUtf8, isCompleteUtf8, isUtf8, utf8Start} from './utf8.ts'

/** Bytes at the borders of the grammar of RFC 3629, where a wrong table shows. */
const borderByte = fc.constantFrom(
  0x00,
  0x41,
  0x7f,
  0x80,
  0x8f,
  0x90,
  0x9f,
  0xa0,
  0xbf,
  0xc0,
  0xc1,
  0xc2,
  0xdf,
  0xe0,
  0xe1,
  0xec,
  0xed,
  0xee,
  0xef,
  0xf0,
  0xf1,
  0xf3,
  0xf4,
  0xf5,
  0xff,
)
const borderBytes = fc
  .array(borderByte, {maxLength: 9, size: 'max'})
  .map((list) => Uint8Array.from(list))

function decodes(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', {fatal: true}).decode(bytes)
    return true
  } catch {
    return false
  }
}

test('agrees with TextDecoder on bytes from the borders of the grammar', () => {
  fc.assert(
    fc.property(borderBytes, (bytes) => {
      expect(isUtf8(bytes)).toBe(decodes(bytes))
    }),
    {numRuns: 3000},
  )
})

test('agrees with TextDecoder on every sequence of two bytes and on every start of three', () => {
  for (let first = 0; first < 256; first += 1) {
    for (let second = 0; second < 256; second += 1) {
      const two = Uint8Array.of(first, second)
      const three = Uint8Array.of(first, second, 0x80)
      if (isUtf8(two) !== decodes(two)) expect.fail(`${first} ${second}`)
      if (isUtf8(three) !== decodes(three)) expect.fail(`${first} ${second} 128`)
    }
  }
  expect(isUtf8(Uint8Array.of(0xc2, 0x80))).toBe(true)
})

test('is dead exactly from the first byte after which nothing can be well-formed', () => {
  fc.assert(
    fc.property(borderBytes, (bytes) => {
      const {deadAt} = feedUtf8(utf8Start, bytes)
      const tails = [[], [0x80], [0xa0], [0x80, 0x80], [0xa0, 0x80], [0x90, 0x80, 0x80]]
      const open = [...tails, [0x80, 0x80, 0x80]]
      const canBeSaved = (upTo: number): boolean =>
        open.some((tail) => decodes(Uint8Array.from([...bytes.subarray(0, upTo), ...tail])))
      if (deadAt === undefined) expect(canBeSaved(bytes.length)).toBe(true)
      else expect([canBeSaved(deadAt), canBeSaved(deadAt + 1)]).toEqual([true, false])
    }),
    {numRuns: 2000},
  )
})

test('cutting the bytes anywhere changes nothing', () => {
  fc.assert(
    fc.property(borderBytes, fc.nat({max: 9}), (bytes, cut) => {
      const whole = feedUtf8(utf8Start, bytes)
      const parts = feedUtf8(feedUtf8(utf8Start, bytes.subarray(0, cut)), bytes.subarray(cut))
      expect(parts).toEqual(whole)
    }),
  )
})

test('a sequence that ends early is neither dead nor complete', () => {
  const state = feedUtf8(utf8Start, Uint8Array.of(0xf0, 0x9f, 0x98))
  expect(state).toMatchObject({deadAt: undefined, remaining: 1, length: 3})
  expect(isCompleteUtf8(state)).toBe(false)
  expect(isCompleteUtf8(feedUtf8(state, Uint8Array.of(0x80)))).toBe(true)
})
