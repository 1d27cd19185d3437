import fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Forgery} from '../script/common.ts'
import {forge} from './forgery.ts'

const kinds: readonly Forgery[] = [
  'empty',
  'spaces',
  'negative',
  'exponent',
  'fraction',
  'hex',
  'nul',
  'line-break',
  'ill-formed-utf8',
  'trailing',
  'unicode-digits',
  'repeated',
  'json',
  'huge',
]

const largest = 2n ** 64n

/** Exactly one decimal number that any counter could have come to. */
function wellFormed(escaped: readonly string[]): boolean {
  const [only = ''] = escaped
  return escaped.length === 1 && /^\d+$/.test(only) && BigInt(only) < largest
}

test('no forgery of a decimal cursor is one, and none is the valid one', () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.option(fc.nat(), {nil: undefined}), (kind, nat) => {
      const forged = forge(kind, nat?.toString())
      expect(wellFormed(forged.escaped)).toBe(false)
      expect(forged.escaped).not.toEqual([nat?.toString()])
      for (const value of forged.escaped)
        expect(value).toMatch(/^(?:[A-Za-z0-9\-._~]|%[0-9A-F]{2})*$/)
    }),
  )
})

test('a forgery of an opaque cursor differs from it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...kinds),
      fc.string({maxLength: 40, size: 'max'}),
      (kind, valid) => {
        const {escaped, text} = forge(kind, valid)
        fc.pre(kind !== 'empty' || valid !== '')
        fc.pre(!(kind === 'spaces' && valid === '  '))
        if (text !== undefined) expect(text).not.toBe(valid)
        expect(escaped.length === 2 || !escaped.includes(encodeURIComponent(valid))).toBe(true)
      },
    ),
  )
})

test('forgeries are what their names say', () => {
  const escaped = (kind: Forgery): readonly string[] => forge(kind, '42').escaped
  expect(escaped('nul')).toEqual(['42%00'])
  expect(escaped('line-break')).toEqual(['42%0A'])
  expect(escaped('ill-formed-utf8')).toEqual(['42%C3%28'])
  expect(escaped('unicode-digits')).toEqual(['%D9%A4%D9%A2'])
  expect(escaped('repeated')).toEqual(['42', '420'])
  expect(escaped('trailing')).toEqual(['42x'])
  expect(escaped('hex')).toEqual(['0x42'])
})
