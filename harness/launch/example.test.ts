import {expect, test} from 'vitest'
import {example} from './example.ts'
import {defaultLimits} from './normalise/claims.ts'
import {normalise} from './normalise.ts'

const env = {ACME_TOKEN: 's3cret'}
const {target, ...rest} = normalise(example, env)

const cursor = {
  send: [{query: 'since'}],
  receive: [{body: '/cursor'}],
  start: 'oldest',
  onGarbage: {statuses: [[400, 499]]},
  inclusive: false,
  kind: 'replay',
  opaque: false,
}

const reading = {
  cursor,
  events: {shape: 'array', pointer: '/events', id: '/id', payload: '/data'},
  empty: {
    statuses: [
      [204, 204],
      [304, 304],
    ],
    cursor: 'keep',
  },
  etag: false,
  visibilityMs: 0,
}

test('the example of the design is read as it stands: how it starts, and what is secret', () => {
  expect(rest).toEqual({
    hooks: {},
    start: {
      by: 'command',
      command: ['node', 'server.js', '--port', '{port}', '--data', '{dir}'],
      env: {},
      origins: ['http://127.0.0.1:{port}'],
      ready: {probe: {http: '/healthz'}, timeoutMs: 15_000},
      several: true,
    },
    headers: {authorization: 'Bearer s3cret'},
    secrets: ['s3cret', 'Bearer s3cret'],
  })
})

test('the example of the design is read as it stands: publish, poll and long poll', () => {
  const {publish, poll, longpoll} = target
  expect(publish).toEqual({
    request: {
      method: 'POST',
      path: '/channels/{channel}/events',
      headers: {'content-type': 'text/plain; charset=utf-8'},
      query: {},
      body: '{payload}',
    },
    accepted: [[200, 299]],
    id: {body: '/id'},
    maxBytes: 65_536,
    alphabet: 'text',
  })
  const path = '/channels/{channel}/events'
  expect(poll).toEqual({request: {method: 'GET', path, headers: {}, query: {}}, ...reading})
  expect(longpoll).toEqual({
    request: {method: 'GET', path: '/…', headers: {}, query: {}},
    ...reading,
    wait: {
      send: {query: 'wait'},
      unit: 'ms',
      maxMs: 2000,
      defaultMs: 2000,
      jitter: 0,
      wakeMs: 1000,
      earlyMs: 100,
      lateMs: 100,
    },
  })
})

test('the example of the design is read as it stands: streams, claims and limits', () => {
  const {sse, ws, webhook: _, publish: __, poll: ___, longpoll: ____, ...others} = target
  expect(sse).toEqual({
    request: {
      method: 'GET',
      path: '/channels/{channel}/stream',
      headers: {accept: 'text/event-stream'},
      query: {},
    },
    cursor: {header: 'Last-Event-ID'},
    payload: 'raw',
    initial: 'live',
    ready: 'probe',
    controlTypes: [],
  })
  expect(ws).toEqual({
    echo: {path: '/echo', headers: {}},
    subscribe: {
      path: '/channels/{channel}/ws?since={cursor}',
      headers: {},
      payload: {pointer: '/data'},
      id: '/id',
      initial: 'live',
      ready: 'probe',
    },
    subprotocols: [],
    textOnly: false,
    guaranteedMessage: 8192,
    strictLengths: false,
    singlePath: false,
  })
  expect(others).toEqual({
    name: 'acme-push',
    channel: 'fresh',
    claims: {
      resume: {events: 1000, ms: Number.MAX_SAFE_INTEGER},
      ordering: 'total',
      delivery: {sse: 'exactly-once', webhook: 'at-least-once'},
      durable: true,
    },
    limits: defaultLimits,
    restartable: true,
    waive: {'poll.cond.etag-syntax': 'unquoted since 1.0, tracked in #12'},
  })
})

test('the example of the design is read as it stands: a Standard Webhooks sender', () => {
  expect(target.webhook).toEqual({
    register: {
      request: {
        method: 'POST',
        path: '/hooks',
        headers: {'content-type': 'application/json'},
        query: {},
        body: {url: '{receiver}', channel: '{channel}'},
      },
      id: {body: '/id'},
      secret: {body: '/secret'},
    },
    event: {
      id: {header: 'webhook-id'},
      batch: {max: 1, pointer: ''},
      payload: 'raw',
      fanoutId: 'same',
    },
    signature: {
      scheme: 'standard-webhooks',
      headers: {
        id: 'webhook-id',
        timestamp: 'webhook-timestamp',
        signature: 'webhook-signature',
      },
    },
    ack: {statuses: [[200, 299]], point: 'body', timeoutMs: 1000, commitWithinMs: 1000},
    retry: {
      delaysMs: [200, 400, 800],
      repeatLast: false,
      maxAttempts: 4,
      jitter: {down: 0, up: 0},
      permanent: [],
      hiddenResends: 0,
      retryAfter: 'ignored',
      pollMs: 0,
      slackMs: 100,
    },
    redirect: 'never',
    gone: true,
    headOfLine: true,
    recoveryMs: 5000,
  })
})

test('the data of a target are plain JSON', () => {
  expect(JSON.parse(JSON.stringify(target))).toEqual(target)
})
