import {expect, test} from 'vitest'
import {nearest} from './nearest.ts'

test.each([
  ['see', 'sse'],
  ['SSE', 'sse'],
  ['longpol', 'longpoll'],
  ['webhok', 'webhook'],
  ['pol', 'poll'],
])('%s most likely means %s', (word, meant) => {
  expect(nearest(word, ['poll', 'longpoll', 'sse', 'ws', 'webhook'])).toBe(meant)
})

test('a word that is far from all means none of them', () => {
  expect(nearest('frobnicate', ['poll', 'sse'])).toBeUndefined()
  expect(nearest('x', [])).toBeUndefined()
})
