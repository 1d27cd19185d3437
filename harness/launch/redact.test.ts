import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {redact, redactJson, secretsOf} from './redact.ts'

test('a secret is masked by its own length, so that offsets hold', () => {
  expect(redact('x=s3cret;y', ['s3cret'])).toBe('x=******;y')
})

test('a percent-encoded secret is masked', () => {
  expect(redact('GET /?key=a%2Fb%3Dc', ['a/b=c'])).toBe('GET /?key=*********')
})

test('credential and cookie lines are masked without knowing their values', () => {
  const head = 'GET / HTTP/1.1\r\nAuthorization: Bearer x\r\ncookie:a=1\r\nHost: h\r\n\r\n'
  expect(redact(head, [])).toBe(
    'GET / HTTP/1.1\r\nAuthorization: ********\r\ncookie:***\r\nHost: h\r\n\r\n',
  )
  expect(redact('set-cookie: sid=1', [])).toBe('set-cookie: *****')
})

test('in plain JSON, pairs and keys of those fields are masked too', () => {
  const fact = {
    headers: [
      ['Authorization', 'Basic eDp5'],
      ['Accept', '*/*'],
    ],
    template: {authorization: 'Basic eDp5', accept: 'a'},
    at: 3,
  }
  expect(redactJson(fact, [])).toEqual({
    headers: [
      ['Authorization', '**********'],
      ['Accept', '*/*'],
    ],
    template: {authorization: '**********', accept: 'a'},
    at: 3,
  })
})

test('the longer of two secrets goes first', () => {
  expect(redact('Bearer s3cret', ['s3cret', 'Bearer s3cret'])).toBe('*************')
})

test('values too short to be secrets stay', () => {
  expect(redact('a1b', ['1'])).toBe('a1b')
})

test('no secret is left, whatever stands around it', () => {
  const secret = fc.string({minLength: 4, maxLength: 12})
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), (secret, before, after) => {
      const clean = redact(before + secret + after, [secret])
      expect(clean).toHaveLength(before.length + secret.length + after.length)
      expect(clean.includes(secret) && !/^\*+$/.test(secret)).toBe(false)
    }),
  )
})

test('the values of credential fields are secrets', () => {
  expect(secretsOf({Authorization: 'Bearer t', 'X-Other': 'o', cookie: 'c=1'})).toEqual([
    'Bearer t',
    'c=1',
  ])
})
