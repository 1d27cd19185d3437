import {expect, test} from 'vitest'
import {median, table} from './figure.ts'

test('the median is the middle of the sorted samples, the upper one of two', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([2, 1])).toBe(2)
  expect(() => median([])).toThrow(RangeError)
})

test('figures stand in columns, with a cross where one misses its limit', () => {
  const figures = [
    {what: 'cases', measured: '1200/s', limit: 'at least 1000/s', ok: true},
    {what: 'shrinking', measured: '4 s', limit: 'at most 3 s', ok: false},
  ]
  expect(table(figures)).toBe(
    '✓ cases       1200/s   at least 1000/s\n✗ shrinking   4 s      at most 3 s',
  )
})
