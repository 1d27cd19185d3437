import {expect, test} from 'vitest'
import {classify} from './attempts-classify.ts'
import type {Attempt, Declared} from './attempts-words.ts'

const declared: Declared = {
  ack: {statuses: [[200, 299]], ackPoint: 'headers', timeoutMs: 1_000, commitWithinMs: 100},
  retry: {
    delaysMs: [100, 200],
    repeatLast: false,
    maxAttempts: 3,
    jitter: {down: 0.2, up: 0.2},
    pollMs: 10,
    slackMs: 50,
    firstWithinMs: 100,
    retryable: {statuses: [[300, 599]], network: true, timeout: true},
    hiddenResends: 0,
  },
  durable: {recoveryMs: 300, leaseMs: 200},
}

const withAck = (ack: Partial<Declared['ack']>): Declared => ({
  ...declared,
  ack: {...declared.ack, ...ack},
})

test.each<[string, Partial<Attempt>, Partial<Declared['ack']>, string, string[]]>([
  ['a 2xx in time', {headAt: 900, respondedAt: 900, status: 204}, {}, 'ACK', ['ack']],
  ['a 2xx near the timeout', {headAt: 1_000, status: 204}, {}, 'AMBIGUOUS', ['ack', 'timeout']],
  ['a 2xx after it', {headAt: 1_250, respondedAt: 1_250, status: 204}, {}, 'FAIL', ['timeout']],
  ['a status that is none', {headAt: 5, respondedAt: 5, status: 302}, {}, 'FAIL', ['status']],
  ['no answer', {how: 'silent'}, {}, 'FAIL', ['timeout']],
  ['a head cut short', {how: 'cut', respondedAt: 5}, {}, 'FAIL', ['cut']],
  ['a reset before an answer', {how: 'reset', respondedAt: 5}, {}, 'FAIL', ['reset']],
  ['a refusal', {how: 'refused', respondedAt: 0}, {}, 'FAIL', ['refused']],
  [
    'a reset after a 2xx',
    {how: 'reset', headAt: 5, respondedAt: 6, status: 200},
    {},
    'AMBIGUOUS',
    ['ack', 'reset'],
  ],
  ['a body cut short', {how: 'cut', headAt: 5, respondedAt: 9, status: 200}, {}, 'ACK', ['ack']],
  [
    'a body cut short where the body counts',
    {how: 'cut', headAt: 5, respondedAt: 9, status: 200},
    {ackPoint: 'body'},
    'FAIL',
    ['cut'],
  ],
  [
    'an endless body where nothing is declared',
    {how: 'silent', headAt: 5, status: 200},
    {ackPoint: 'undeclared'},
    'AMBIGUOUS',
    ['ack', 'timeout'],
  ],
  [
    'a 2xx after the sender closed',
    {headAt: 500, respondedAt: 500, status: 200, senderClosedAt: 400},
    {},
    'AMBIGUOUS',
    ['ack', 'timeout'],
  ],
])('%s is classified', (_, attempt, ack, wanted, kinds) => {
  const {class: found, outcomes} = classify({startAt: 0, how: 'complete', ...attempt}, withAck(ack))
  expect(found).toBe(wanted)
  expect(outcomes.map((outcome) => (outcome.is === 'fail' ? outcome.kind : outcome.is))).toEqual(
    kinds,
  )
})
