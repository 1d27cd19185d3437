import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import type {Trace} from '../trace.ts'
import {redact, redactJson, redactTrace, secretsOf} from './redact.ts'

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
  expect(redact('reply: none', ['none'])).toBe('reply: none')
  expect(redact('pin: 4711', ['4711'])).toBe('pin: ****')
})

test('no secret is left, whatever stands around it', () => {
  const secret = fc
    .string({minLength: 4, maxLength: 12})
    .filter((text) => !/^[a-z]{4,5}$/i.test(text))
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

test('a secret that was cut over several facts of a connection is masked in each', () => {
  const fact = {step: 0, at: 1, kind: 'out' as const}
  const trace: Trace = [
    {...fact, conn: 'a.1', bytes: 'GET / HTTP/1.1\r\nAuthori'},
    {...fact, conn: 'b.1', bytes: 'between'},
    {...fact, conn: 'a.1', bytes: 'zation: Bearer ab'},
    {...fact, conn: 'a.1', bytes: 'cd\r\nx: s3'},
    {...fact, kind: 'in', conn: 'a.1', bytes: 'cret'},
    {...fact, conn: 'a.1', bytes: 'cret\r\n\r\n'},
    {...fact, kind: 'closed', client: 's3cret', conn: 'a.1', by: 'server'},
  ]
  expect(redactTrace(trace, ['s3cret'])).toEqual([
    {...fact, conn: 'a.1', bytes: 'GET / HTTP/1.1\r\nAuthori'},
    {...fact, conn: 'b.1', bytes: 'between'},
    {...fact, conn: 'a.1', bytes: 'zation: *********'},
    {...fact, conn: 'a.1', bytes: '**\r\nx: **'},
    {...fact, kind: 'in', conn: 'a.1', bytes: 'cret'},
    {...fact, conn: 'a.1', bytes: '****\r\n\r\n'},
    {...fact, kind: 'closed', client: '******', conn: 'a.1', by: 'server'},
  ])
})

test('a secret beyond ASCII is masked as text and as the bytes of its UTF-8', () => {
  expect(redact('key=schlüssel', ['schlüssel'])).toBe('key=*********')
  expect(redact('key=schl\u00c3\u00bcssel', ['schlüssel'])).toBe('key=**********')
})
