import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {beside, wrap} from './columns.ts'
import {clip, escapeBytes, escapeText, shorten} from './escape.ts'

test('bytes that print stay, the rest is escaped', () => {
  expect(escapeBytes('id: 1\r\n\t\x82\\\x00')).toBe(String.raw`id: 1\r\n\t\x82\\\x00`)
})

test('controls and direction marks of a text are escaped, other characters stay', () => {
  expect(escapeText('é⏎\u001b[2J\u2028\u202e\ud800')).toBe(String.raw`é⏎\x1b[2J\u2028\u202e\ud800`)
})

test('what is cut is told', () => {
  expect(shorten('abcdefghij', 8)).toBe('ab… (10)')
  expect(clip('abcdefghij', 8)).toBe('abcdefg…')
  expect(shorten('abc', 3)).toBe('abc')
})

test('wrapping keeps every character but spaces, and never exceeds the width', () => {
  const words = fc.array(fc.string({maxLength: 12}), {maxLength: 8, size: 'max'})
  fc.assert(
    fc.property(words, fc.integer({min: 1, max: 20}), (words, width) => {
      const text = words.join(' ')
      const lines = wrap(text, width)
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
      expect(Math.max(...lines.map((line) => Array.from(line).length))).toBeLessThanOrEqual(width)
    }),
  )
})

test('two texts stand side by side, each in its column', () => {
  expect(beside('publish p1', 'acked 201, id 1', 7, 9)).toEqual([
    'publish  acked',
    'p1       201, id 1',
  ])
})
