import {expect, test} from 'vitest'
import {deferred, within} from './within.ts'

const never = new Promise<number>(() => {})

test('the result counts when it comes in time', async () => {
  const {signal} = new AbortController()
  expect(await within(Promise.resolve(7), 1000, signal)).toBe(7)
  expect(await within(never, 1, signal)).toBeUndefined()
})

test('the end of the case ends a wait', async () => {
  const over = new AbortController()
  const waiting = within(never, 60_000, over.signal)
  over.abort()
  expect(await waiting).toBeUndefined()
  expect(await within(never, 60_000, over.signal)).toBeUndefined()
})

test('a fault is not swallowed', async () => {
  const {signal} = new AbortController()
  await expect(within(Promise.reject(new Error('ours')), 1000, signal)).rejects.toThrow('ours')
})

test('a deferred promise is resolved from outside', async () => {
  const {promise, resolve} = deferred<string>()
  resolve('now')
  expect(await promise).toBe('now')
})
