/**
 * The example of the design (target description), literally: tests read it as a user's file would
 * be.
 */
export const example = {
  name: 'acme-push',
  start: {
    command: ['node', 'server.js', '--port', '{port}', '--data', '{dir}'],
    ready: {http: '/healthz'},
    env: {},
  },
  // oxlint-disable-next-line no-template-curly-in-string -- the description's own syntax
  headers: {authorization: 'Bearer ${ACME_TOKEN}'},
  channel: 'fresh',
  publish: {
    method: 'POST',
    path: '/channels/{channel}/events',
    body: '{payload}',
    id: {body: '/id'},
  },
  poll: {
    path: '/channels/{channel}/events',
    cursor: {send: {query: 'since'}, receive: {body: '/cursor'}},
    events: {pointer: '/events', id: '/id', payload: '/data'},
  },
  longpoll: {path: '…', wait: {query: 'wait', unit: 'ms', max: 2000}},
  sse: {path: '/channels/{channel}/stream'},
  ws: {
    echo: '/echo',
    subscribe: {path: '/channels/{channel}/ws?since={cursor}', payload: '/data', id: '/id'},
  },
  webhook: {
    register: {
      method: 'POST',
      path: '/hooks',
      body: {url: '{receiver}', channel: '{channel}'},
      id: {body: '/id'},
      secret: {body: '/secret'},
    },
    signature: {scheme: 'standard-webhooks'},
    retry: {delays: ['200ms', '400ms', '800ms']},
    timeout: '1s',
  },
  claims: {
    resume: {events: 1000},
    ordering: 'total',
    delivery: {sse: 'exactly-once', webhook: 'at-least-once'},
    durable: true,
  },
  limits: {deliverMs: 1000, maxConnections: 500},
  waive: {'poll.cond.etag-syntax': 'unquoted since 1.0, tracked in #12'},
}
