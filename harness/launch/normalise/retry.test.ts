import {expect, test} from 'vitest'
import {retryOf} from './retry.ts'

const row = (given: Parameters<typeof retryOf>[0]) => {
  const {delaysMs, repeatLast, maxAttempts} = retryOf(given, 100)
  return {delaysMs, repeatLast, maxAttempts}
}

test('a list of delays means one attempt more', () => {
  expect(row({delays: [1, 2, 4]})).toEqual({
    delaysMs: [1, 2, 4],
    repeatLast: false,
    maxAttempts: 4,
  })
  expect(row({delays: [1, 2, 4], maxAttempts: 2}).delaysMs).toEqual([1])
  expect(row({delays: [], maxAttempts: 1})).toMatchObject({delaysMs: [], maxAttempts: 1})
})

test('a repeated last delay goes on without end', () => {
  expect(row({delays: [1, 2], repeatLast: true})).toMatchObject({maxAttempts: 'inf'})
})

test('a geometric row is written out up to its greatest delay', () => {
  expect(row({delays: {base: 100, factor: 2, max: 500, count: 4}})).toEqual({
    delaysMs: [100, 200, 400, 500],
    repeatLast: false,
    maxAttempts: 5,
  })
  expect(row({delays: {base: 100, factor: 2, max: 500, count: 'inf'}})).toEqual({
    delaysMs: [100, 200, 400, 500],
    repeatLast: true,
    maxAttempts: 'inf',
  })
})

test('some at once, and then every so often', () => {
  expect(row({delays: {immediate: 2, every: 50}})).toEqual({
    delaysMs: [0, 0, 50],
    repeatLast: true,
    maxAttempts: 'inf',
  })
})

test('more attempts than delays are a mistake', () => {
  expect(() => row({delays: [1, 2], maxAttempts: 5})).toThrow(
    'webhook.retry.maxAttempts: 5 attempts need 4 delays, but there are 2; add delays, or repeatLast: true',
  )
  expect(() => row({delays: [1], maxAttempts: 'inf'})).toThrow(
    'webhook.retry.maxAttempts: inf attempts need endless delays, but there are 1; add delays, or repeatLast: true',
  )
  expect(() => row({delays: [], repeatLast: true})).toThrow(
    'webhook.retry.delays: is empty, so there is nothing to repeat',
  )
})

test('jitter is one fraction or two, and Retry-After has the usual statuses', () => {
  expect(retryOf({delays: [1], jitter: 0.2}, 100).jitter).toEqual({down: 0.2, up: 0.2})
  expect(retryOf({delays: [1], retryAfter: {cap: 5}}, 100).retryAfter).toEqual({
    statuses: [
      [429, 429],
      [503, 503],
    ],
    capMs: 5,
  })
})
