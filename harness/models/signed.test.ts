import {expect, test} from 'vitest'
import type {Target} from '../target.ts'
import type {Trace} from '../trace.ts'
import {signedAttempts, unsigned} from './signed.ts'

const target = {webhook: {signature: {scheme: 'token', headers: {signature: 'x-token'}}}}
const its = target as unknown as Target

const told = (secret?: string, ...more: readonly object[]): Trace =>
  [
    {kind: 'registered', client: 'x', url: 'http://a/', channel: 'c', ...(secret && {secret})},
    ...more,
  ] as unknown as Trace

const attempt = (token: string): object => ({
  kind: 'attempt',
  client: 'x',
  marks: ['~n.p1~'],
  headers: [['X-Token', token]],
  body: '\xc3\xa9',
  ending: 'complete',
})

test('each whole request is checked with the secret of its own registration', () => {
  const trace = told('s3cret', attempt('s3cret'), attempt('other'), {
    ...attempt('s3cret'),
    ending: 'cut',
  })
  const signed = signedAttempts(trace, its)
  expect(signed.map(({verified, bytes}) => [verified.ok, bytes])).toEqual([
    [true, 2],
    [false, 2],
  ])
})

test('where no secret is known the reason names the key of the description', () => {
  expect(signedAttempts(told(undefined, attempt('s3cret')), its)).toEqual([])
  expect(unsigned(told(undefined, attempt('s3cret')), its).because).toContain(
    'webhook.register.secret',
  )
  expect(unsigned(told('s3cret'), its).because).toBe('no signed request was received')
})
