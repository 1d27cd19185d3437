import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {jsonProblem} from './json-syntax.ts'

test.each([
  ['{"a":}', 1, 6, 'a value'],
  ['{\n  "a": 1,\n}', 3, 1, 'a key in double quotes'],
  ['{"a" 1}', 1, 6, ':'],
  ['[1 2]', 1, 4, ', or ]'],
  ['{"a": 1 "b"', 1, 9, ', or }'],
  ["{'a': 1}", 1, 2, 'a key in double quotes or }'],
  ['[1,]', 1, 4, 'a value'],
  ['{} x', 1, 4, 'the end of the file'],
  ['', 1, 1, 'a value'],
  ['{"a": "b\n"}', 1, 7, 'a value'],
  ['{"a"', 1, 5, ':'],
])('%j is no JSON at line %i, column %i: %s is wanted', (text, line, column, wanted) => {
  expect(jsonProblem(text)).toEqual({line, column, wanted})
})

test('JSON has no problem', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      expect(jsonProblem(JSON.stringify(value, undefined, indent))).toBeUndefined()
    }),
  )
})

test('there is a problem exactly where JSON.parse throws', () => {
  const pieces = ['{', '}', '[', ']', ',', ':', '"a"', '"', '1', '-', '0', '.5', 'e3', 'true', ' ']
  const texts = fc
    .array(fc.constantFrom(...pieces), {maxLength: 8, size: 'max'})
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(texts, (text) => {
      let throws = false
      try {
        JSON.parse(text)
      } catch {
        throws = true
      }
      expect(jsonProblem(text) !== undefined).toBe(throws)
    }),
    {numRuns: 2000},
  )
})
