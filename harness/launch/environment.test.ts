/* oxlint-disable no-template-curly-in-string -- the description's own syntax */
import {expect, test} from 'vitest'
import {fillEnvironment} from './environment.ts'

test('variables are filled in at any depth, and their values are told', () => {
  const raw = {headers: {a: 'Bearer ${TOKEN}'}, list: ['${TOKEN}${OTHER}'], n: 1}
  expect(fillEnvironment(raw, {TOKEN: 't', OTHER: 'o'})).toEqual({
    value: {headers: {a: 'Bearer t'}, list: ['to'], n: 1},
    used: ['t', 'o'],
  })
})

test('a missing variable is a mistake with its key path, an empty one is not', () => {
  expect(() => fillEnvironment({a: {b: ['x', '${NOPE}']}}, {})).toThrow(
    'a.b[1]: the environment has no NOPE; set it',
  )
  expect(fillEnvironment('${EMPTY}', {EMPTY: ''}).value).toBe('')
})

test('a doubled dollar sign stands for itself, and braces alone mean nothing', () => {
  expect(fillEnvironment('$${TOKEN} {port} ${}', {}).value).toBe('${TOKEN} {port} ${}')
})
