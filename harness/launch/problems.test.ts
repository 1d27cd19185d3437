import {expect, test} from 'vitest'
import {Mistake} from '../mistake.ts'
import {normalise} from './normalise.ts'
import {descriptionJsonSchema} from './schema.ts'

const sound = {name: 'a', start: {url: 'http://127.0.0.1:1'}, sse: '/s'}

/** The lines of the mistake that the changes make. */
function lines(changes: object): string[] {
  try {
    normalise({...sound, ...changes}, {})
  } catch (error) {
    if (error instanceof Mistake && error.exitCode === 2) return error.message.split('\n')
    throw error
  }
  return []
}

test('a sound description has no problems', () => {
  expect(lines({})).toEqual([])
})

test('a misspelt key is named with its path and the nearest one', () => {
  expect(lines({see: '/x'})).toEqual(['see: no such key; did you mean sse?'])
  expect(lines({limits: {quietms: 3}})).toEqual([
    'limits.quietms: no such key; did you mean quietMs?',
  ])
  expect(lines({poll: {path: '/', cursor: {send: {qery: 'x'}, receive: {body: ''}}}})).toEqual([
    'poll.cursor.send.qery: no such key; did you mean query?',
  ])
  expect(lines({start: {comand: ['x']}})).toEqual([
    'start.comand: no such key; did you mean command?',
  ])
  expect(lines({ws: {ehco: '/'}})).toEqual(['ws.ehco: no such key; did you mean echo?'])
})

test('an unknown key without a near one is answered with all that are allowed', () => {
  expect(lines({frobnicate: 1})).toEqual([
    'frobnicate: no such key; allowed: name, start, headers, channel, publish, poll, longpoll, sse, ws, webhook, claims, limits, waive, $schema',
  ])
  expect(lines({claims: {delivery: {mqtt: 'exactly-once'}}})).toEqual([
    'claims.delivery.mqtt: no such key; allowed: poll, longpoll, sse, ws, webhook',
  ])
})

test('a missing key says what belongs there', () => {
  expect(lines({name: undefined})).toEqual(['name: is missing; expected a name such as acme-push'])
  expect(lines({start: undefined})).toEqual([
    'start: is missing; expected an object with url, command, env, ready',
  ])
  expect(lines({sse: {}})).toEqual(['sse.path: is missing; expected a path such as /events'])
  expect(lines({longpoll: {path: '/x'}})).toEqual([
    'longpoll.wait: is missing; expected an object with query, header, body, unit, max, default, jitter, wake, early, late',
  ])
})

test('a value of the wrong type says what is allowed and what stands there', () => {
  expect(lines({sse: 42})).toEqual(['sse: expected a path, or an object with a path, got 42'])
  expect(lines({start: {command: 'node x'}})).toEqual([
    'start.command: expected a list: the program and its arguments, got "node x"',
  ])
  expect(lines({limits: {deliverMs: '1x'}})).toEqual([
    'limits.deliverMs: expected a duration: a number of ms, or text such as 200ms, 2s, 1m, got "1x"',
  ])
  expect(lines({publish: {path: '/', accepted: '2xx'}})).toEqual([
    'publish.accepted: expected a status such as 200, a range such as 200-299, or a list of them, got "2xx"',
  ])
  expect(lines({publish: {path: '/', accepted: [200, '299-200']}})).toEqual([
    'publish.accepted[1]: a range begins with its smaller status',
  ])
  expect(lines({publish: {path: '/', id: {body: 'id'}}})).toEqual([
    'publish.id.body: expected a JSON Pointer such as /id, or an empty text for the whole (RFC 6901), got "id"',
  ])
  expect(lines({publish: {path: '/', id: {body: '/id', query: 'id'}}})).toEqual([
    'publish.id: name one place: query, header or body',
  ])
  expect(lines({publish: {hook: 3}})).toEqual([
    'publish.hook: expected a function (context) => Promise<{outcome, id?, token?}>, got 3',
  ])
  expect(lines({publish: {path: 'http://127.0.0.1/x'}})).toEqual([
    'publish.path: expected a path such as /events (the origin comes from start), got "http://127.0.0.1/x"',
  ])
  expect(lines({start: {url: 'http://127.0.0.1:1/x'}})).toEqual([
    'start.url: expected a URL such as http://127.0.0.1:8080 (scheme, host and port only; paths stand in the endpoints), got "http://127.0.0.1:1/x"',
  ])
  expect(lines({ws: {path: '/', subprotocols: Array(17).fill('v')}})).toEqual([
    'ws.subprotocols: expected at most 16, got a list of 17',
  ])
  expect(lines({ws: {path: '/', subprotocols: 'v1'}})).toEqual([
    'ws.subprotocols: expected a list, got "v1"',
  ])
  expect(lines({headers: ['x']})).toEqual(['headers: expected an object of texts, got a list of 1'])
  expect(lines({headers: {'a b': 'x'}})).toEqual([
    'headers.a b: expected a field name (RFC 9110 5.1)',
  ])
  expect(lines({headers: {a: 'x\r\nb: y'}})).toEqual([
    String.raw`headers.a: expected a field value: text without line breaks, got "x\r\nb: y"`,
  ])
})

test('a schedule of retries that cannot be is no schedule', () => {
  const retry = (given: object): string[] =>
    lines({
      webhook: {register: {path: '/hooks'}, event: {payload: '/p'}, retry: {delays: [], ...given}},
    })
  expect(retry({maxAttempts: 1, jitter: {down: 1, up: 2}})).toEqual([])
  expect(retry({jitter: 20})).toEqual([
    'webhook.retry.jitter: expected a fraction of at most 1, got 20',
  ])
  expect(retry({jitter: {down: 1.2, up: 0}})).toEqual([
    'webhook.retry.jitter.down: expected a fraction of at most 1, got 1.2',
  ])
  expect(retry({maxAttempts: 0})).toEqual(['webhook.retry.maxAttempts: expected at least 1, got 0'])
})

test('a word that is no choice is answered with the choices and the nearest one', () => {
  expect(lines({channel: 'frehs'})).toEqual([
    'channel: expected fresh or single, got "frehs"; did you mean fresh?',
  ])
  expect(lines({claims: {ordering: 'sorted'}})).toEqual([
    'claims.ordering: expected total, per-publisher or none, got "sorted"',
  ])
})

test('what an object needs is said in a sentence', () => {
  expect(lines({ws: {}})).toEqual(['ws: needs one of path, echo, subscribe, inbox'])
  expect(lines({start: {}})).toEqual(['start: needs url or command'])
  expect(lines({claims: {resume: {}}})).toEqual([
    'claims.resume: says how far back: events, age, or both',
  ])
  expect(lines({start: {command: ['{port}'], ready: {http: '/', log: 'x'}}})).toEqual([
    'start.ready: name one probe: http, tcp or log',
  ])
  expect(lines({start: {command: ['{port}'], ready: {log: '('}}})).toEqual([
    'start.ready.log: is no regular expression',
  ])
})

test('every problem has a line of its own', () => {
  expect(lines({see: 1, channel: 'x', sse: {path: 3}})).toEqual([
    'channel: expected fresh or single, got "x"',
    'sse.path: expected a path such as /events, got 3',
    'see: no such key; did you mean sse?',
  ])
})

test('a misspelt placeholder is named', () => {
  expect(lines({publish: {path: '/', body: {a: ['{playload}']}}})).toEqual([
    'publish.body.a[0]: no such placeholder {playload}; did you mean {payload}?',
  ])
})

test('the schema is JSON Schema for editors', () => {
  expect(descriptionJsonSchema()).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    required: ['name', 'start'],
    additionalProperties: false,
    properties: {channel: {enum: ['fresh', 'single']}},
  })
})
