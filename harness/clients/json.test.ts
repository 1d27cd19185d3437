import {expect, test} from 'vitest'
import {asText, jsonText, parsedJson} from './json.ts'
import {fillRequest, readPlace} from './template.ts'

const next = (body: string): string | undefined => readPlace({body: '/next'}, [], parsedJson(body))

test('a number at a place is given back as it was written', () => {
  for (const written of ['9007199254740995', '-9007199254740993', '1.0', '1e3', '-0', '0', '7.5'])
    expect(next(`{"next": ${written}, "a": [{}]}`)).toBe(written)
  expect(next('{"a": "b, 1.0", "next" : 12}')).toBe('12')
})

test('a document keeps its exact numbers, and nothing is inside of one', () => {
  const document = parsedJson('{"a": [1.0, 2, 12345678901234567890], "b": "x"}')
  expect(asText(document)).toBe('{"a":[1.0,2,12345678901234567890],"b":"x"}')
  expect(readPlace({body: '/a/0/value'}, [], document)).toBeUndefined()
})

test('a document that the exact parser refuses is read as JSON.parse reads it', () => {
  expect(next('{"next": 1.0, "next": 2}')).toBe('2')
  const deep = 5000
  const text = `{"next": 1.0, "a": ${'['.repeat(deep)}${']'.repeat(deep)}}`
  expect(['1', '1.0']).toContain(next(text))
  expect(parsedJson('{"next": 1.0')).toBeUndefined()
})

test('a cursor goes into a body as the number that it was, and a forged one as text', () => {
  const template = {method: 'POST', path: '/', headers: {}, query: {}, body: {from: 0}}
  const place = {body: '/from'}
  const sent = (value: string | {escaped: string[]; text: string}): string | undefined =>
    fillRequest(template, {}, {}, [{place, value}])?.body?.toString()
  expect(sent('9007199254740995')).toBe('{"from":9007199254740995}')
  expect(sent('1.0')).toBe('{"from":1.0}')
  expect(sent('12')).toBe('{"from":12}')
  expect(sent('012')).toBe('{"from":"012"}')
  expect(sent({escaped: ['7e1'], text: '7e1'})).toBe('{"from":"7e1"}')
})

test('JSON text is that of JSON.stringify where numbers are plain', () => {
  const value = {a: ['x\n', 1, true, null], gone: undefined}
  expect(jsonText(value)).toBe(JSON.stringify(value))
})
