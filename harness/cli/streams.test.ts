import {expect, test} from 'vitest'
import {hasColour} from './streams.ts'

const terminal = {isTTY: true}

test('colours are for terminals', () => {
  expect(hasColour(terminal, {})).toBe(true)
  expect(hasColour({}, {})).toBe(false)
  expect(hasColour(terminal, {TERM: 'dumb'})).toBe(false)
})

test('NO_COLOR wins over FORCE_COLOR, and empty values do not count', () => {
  expect(hasColour(terminal, {NO_COLOR: '1', FORCE_COLOR: '1'})).toBe(false)
  expect(hasColour({}, {FORCE_COLOR: '1'})).toBe(true)
  expect(hasColour(terminal, {FORCE_COLOR: '0'})).toBe(false)
  expect(hasColour(terminal, {NO_COLOR: '', FORCE_COLOR: ''})).toBe(true)
})
