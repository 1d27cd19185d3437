import {expect, test} from 'vitest'
import * as values from './values.ts'

test('durations have units, and a bare number is seconds', () => {
  expect(['500ms', '90s', '1.5m', '1h', '90'].map(values.duration)).toEqual([
    500, 90_000, 90_000, 3_600_000, 90_000,
  ])
  for (const wrong of ['', '0', '-1', '5 s', '1d', 'Infinity', '1e3'])
    expect(() => values.duration(wrong), wrong).toThrow('Give a time such as 500ms')
})

test('seeds are whole numbers of 31 bits', () => {
  expect(values.seed('2147483647')).toBe(2_147_483_647)
  for (const wrong of ['2147483648', '-1', '1.5', '0x10', '', ' 1'])
    expect(() => values.seed(wrong), wrong).toThrow('from 0 to 2147483647')
})

test('a shard is one of its parts', () => {
  expect(values.shard('2/4')).toEqual([2, 4])
  for (const wrong of ['0/4', '5/4', '1', '1/0', 'a/b'])
    expect(() => values.shard(wrong), wrong).toThrow('such as 2/4')
})

test('lists take commas and repetition, and no empty part', () => {
  expect(values.list('a, b', values.list('c'))).toEqual(['c', 'a', 'b'])
  expect(() => values.list('a,,b')).toThrow('empty part')
})

test('a word that is not allowed gets its nearest match', () => {
  expect(values.someOf(['poll', 'sse'])('sse,poll')).toEqual(['sse', 'poll'])
  expect(() => values.oneOf(['smoke', 'deep'])('smok')).toThrow(
    'Allowed: smoke, deep. Did you mean smoke?',
  )
  expect(() => values.oneOf(['smoke', 'deep'])('wide')).toThrow(/Allowed: smoke, deep\.$/)
})

test('a header is a name and a value, and never two lines', () => {
  expect(values.header('X-B:2', values.header('X-A: 1 '))).toEqual({'X-A': '1', 'X-B': '2'})
  for (const wrong of ['X-A', ': 1', 'X A: 1', 'X-A: 1\r\nX-B: 2'])
    expect(() => values.header(wrong), wrong).toThrow('Give a field')
})

test('the seed of a day is its date in UTC', () => {
  expect(values.seedOf(new Date('2026-11-20T23:59:59.999Z'))).toBe(20_261_120)
})
