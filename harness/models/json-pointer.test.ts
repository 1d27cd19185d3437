import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {valueAt} from './json-pointer.ts'

// RFC 6901 section 5, the members that JSON text can name.
const document = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
}

test('the examples of RFC 6901 section 5 hold', () => {
  expect(valueAt(document, '')).toBe(document)
  const values = ['/', '/a~1b', '/c%d', '/e^f', '/g|h', '/i\\j', '/k"l', '/ ', '/m~0n']
  expect(values.map((pointer) => valueAt(document, pointer))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(valueAt(document, '/foo')).toEqual(['bar', 'baz'])
  expect(valueAt(document, '/foo/0')).toBe('bar')
})

test('what is not there is undefined, inherited members included', () => {
  const nowhere = ['/foo/2', '/foo/-', '/foo/01', '/foo/length', '/x/y', '/toString', 'foo']
  for (const pointer of nowhere) expect(valueAt(document, pointer)).toBeUndefined()
  expect(valueAt(undefined, '/a')).toBeUndefined()
})

test('every member is found under its escaped name', () => {
  const name = fc.string({maxLength: 8, size: 'max'})
  fc.assert(
    fc.property(name, name, fc.integer(), (outer, inner, value) => {
      const escaped = [outer, inner].map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      const nested = Object.fromEntries([[outer, Object.fromEntries([[inner, value]])]])
      expect(valueAt(nested, `/${escaped.join('/')}`)).toBe(value)
    }),
  )
})
