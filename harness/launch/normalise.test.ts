import {expect, test} from 'vitest'
import {Mistake} from '../mistake.ts'
import {example} from './example.ts'
import {normalise} from './normalise.ts'

const env = {ACME_TOKEN: 's3cret'}

/** What a description makes; the part of a mistake's message otherwise. */
const target = (changes: object) => normalise({...example, ...changes}, env).target

function mistake(changes: object): string {
  try {
    target(changes)
  } catch (error) {
    if (error instanceof Mistake) return `${error.exitCode}: ${error.message}`
    throw error
  }
  return 'no mistake'
}

test('silence claims nothing', () => {
  const {claims, webhook, poll, ws} = target({
    claims: undefined,
    poll: '/p',
    ws: '/',
    longpoll: undefined,
    webhook: {register: {path: '/hooks'}},
  })
  expect(claims).toEqual({ordering: 'none', delivery: {}, durable: false})
  expect(webhook).toMatchObject({signature: {scheme: 'none'}, redirect: 'follow', gone: false})
  expect(webhook?.retry).toBeUndefined()
  expect(webhook?.event.id).toBeUndefined()
  expect(poll?.cursor).toMatchObject({send: [], kind: 'queue', opaque: false})
  expect(ws).toMatchObject({plain: {path: '/', headers: {}}})
  expect(ws?.echo).toBeUndefined()
})

test('a path may stand where an object is expected', () => {
  const {sse, poll, ws} = target({sse: '/stream', poll: '/p', longpoll: undefined, ws: {echo: '/'}})
  expect(sse?.request.path).toBe('/stream')
  expect(poll?.request.path).toBe('/p')
  expect(ws?.echo).toEqual({path: '/', headers: {}})
})

test('an inbox of numbered messages is read with its defaults', () => {
  const read = {path: 'inbox/{channel}', messages: '/all', payload: ''}
  const inbox = {path: '/submit', number: '/n', payload: '/d', ack: '/ok', refusal: '/no', read}
  expect(target({ws: {echo: '/', inbox}, claims: {outOfOrder: 'refused'}})).toMatchObject({
    claims: {outOfOrder: 'refused'},
    ws: {
      inbox: {
        path: '/submit',
        headers: {},
        message: {},
        first: 1,
        read: {
          request: {method: 'GET', path: '/inbox/{channel}', headers: {}, query: {}},
          messages: '/all',
          payload: '',
        },
      },
    },
  })
})

test('credentials of every request are secrets', () => {
  const headers = {authorization: 'Bearer of-a-route'}
  const read = {path: '/r', messages: '', payload: '', headers: {cookie: 'of-a-control'}}
  const inbox = {path: '/i', number: '/n', payload: '/d', ack: '/ok', refusal: '/no', read}
  const ws = {echo: {path: '/', headers}, inbox}
  expect(normalise({...example, ws}, env).secrets).toEqual(
    expect.arrayContaining(['Bearer of-a-route', 'of-a-control']),
  )
})

test('durations, statuses and places are read in every form', () => {
  const {limits, publish, poll, longpoll} = target({
    limits: {deliverMs: '2s', quietMs: 25, closeMs: '1.5m'},
    publish: {path: '/{channel}', accepted: [200, '202-204']},
    poll: {
      path: '/p',
      cursor: {
        send: [{header: 'If-Modified-Since'}, {header: 'If-None-Match'}],
        receive: [{header: 'Last-Modified'}, {header: 'Etag'}],
        onGarbage: 400,
      },
      events: {shape: 'single'},
      empty: 304,
    },
    longpoll: {wait: {max: '15s'}},
  })
  expect(limits).toMatchObject({deliverMs: 2000, quietMs: 25, closeMs: 90_000})
  expect(publish?.accepted).toEqual([
    [200, 200],
    [202, 204],
  ])
  expect(poll?.cursor).toMatchObject({
    send: [{header: 'If-Modified-Since'}, {header: 'If-None-Match'}],
    onGarbage: {statuses: [[400, 400]]},
    opaque: true,
  })
  expect(poll?.empty).toEqual({statuses: [[304, 304]], cursor: 'receive'})
  expect(longpoll?.request.path).toBe('/p')
  expect(longpoll?.events).toEqual({shape: 'single', pointer: '', payload: ''})
  expect(longpoll?.wait).toMatchObject({unit: 'ms', maxMs: 15_000, defaultMs: 15_000})
  expect(longpoll?.wait.send).toBeUndefined()
})

test('a publish may be a function, or an object with one', () => {
  const hook = async () => ({outcome: 'acked' as const})
  for (const publish of [hook, {hook, alphabet: 'token' as const}]) {
    const {target, hooks} = normalise({...example, publish, channel: undefined}, env)
    expect(hooks.publish).toBe(hook)
    expect(target.publish?.hook).toBe(true)
    expect(target.channel).toBe('single')
    expect(JSON.parse(JSON.stringify(target))).toEqual(target)
  }
})

test('one word of delivery is claimed for every declared mechanism', () => {
  const {claims} = target({
    claims: {delivery: 'at-least-once'},
    longpoll: undefined,
    webhook: undefined,
  })
  expect(claims.delivery).toEqual({
    poll: 'at-least-once',
    sse: 'at-least-once',
    ws: 'at-least-once',
  })
})

test('channels are fresh where the publish can name one', () => {
  expect(target({channel: undefined}).channel).toBe('fresh')
  expect(target({channel: undefined, publish: {path: '/p'}}).channel).toBe('single')
  expect(mistake({publish: {path: '/p'}})).toBe(
    '2: channel: fresh needs {channel} in publish; write it there, or single',
  )
})

test('what fits no place in the data is a mistake', () => {
  expect(
    mistake({
      longpoll: {wait: {query: 'wait', unit: 's', max: 30}},
    }),
  ).toBe(
    '2: longpoll.wait.max: 30 ms is less than one unit (s); bare numbers are ms, write 30s for seconds',
  )
  expect(mistake({longpoll: {wait: {query: 'a', header: 'b', max: 1}}})).toBe(
    '2: longpoll.wait: name at most one place: query, header or body',
  )
  expect(mistake({poll: undefined, longpoll: {wait: {max: 1}}})).toBe(
    '2: longpoll.path: is missing; expected a path such as /events',
  )
  const send = [{query: 'a'}, {query: 'b'}]
  expect(mistake({poll: {path: '/p', cursor: {send, receive: {body: '/c'}}}})).toBe(
    '2: poll.cursor: 2 places to send but 1 to receive; each part of a cursor needs both',
  )
  expect(mistake({poll: {path: '/p', limit: {max: 3}}})).toBe(
    '2: poll.limit: name one place: query, header or body',
  )
  expect(mistake({webhook: {}})).toBe(
    '2: webhook: needs register, or slots for static endpoints, and not both',
  )
  expect(mistake({publish: {method: 'PUT'}})).toBe('2: publish: needs a path, or a function')
})

test('a cursor in the body needs a method other than GET, for a long poll of its own path too', () => {
  const cursor = {send: {body: '/from'}, receive: {header: 'next'}}
  const poll = {method: 'POST', path: '/p', cursor}
  const wait = {max: '1s'}
  expect(mistake({poll: {path: '/p', cursor}})).toBe(
    '2: poll.method: is GET, but the cursor is sent in a body; name the method, such as POST',
  )
  expect(mistake({poll, longpoll: {path: '/l', wait}})).toBe(
    '2: longpoll.method: is GET, but the cursor is sent in a body; name the method, such as POST',
  )
  expect(target({poll, longpoll: {wait}}).longpoll?.request.method).toBe('POST')
})

test('how to start is one of two ways, and the port must be known', () => {
  expect(mistake({start: {command: ['./server']}})).toBe(
    '2: start.command: {port} stands nowhere in it or in env; write {port} where its port goes, or say in start.url where it listens',
  )
  expect(mistake({start: {url: 'http://127.0.0.1:{port}'}})).toBe(
    '2: start.url: {port} is chosen for a command only; write the port',
  )
  expect(mistake({start: {url: 'http://127.0.0.1:1', ready: {log: 'x'}}})).toBe(
    '2: start.ready.log: only a command has a log',
  )
  expect(
    normalise({...example, start: {url: ['ws://127.0.0.1:1/', 'HTTPS://[::1]:2']}}, env).start,
  ).toEqual({
    by: 'url',
    origins: ['http://127.0.0.1:1', 'HTTPS://[::1]:2'],
    ready: {probe: {tcp: true}, timeoutMs: 2000},
  })
  const fixed = {command: ['./server'], url: 'http://127.0.0.1:8080'}
  expect(normalise({...example, start: fixed}, env).start).toMatchObject({
    origins: ['http://127.0.0.1:8080'],
    several: false,
  })
  const byEnv = {command: ['./server'], env: {PORT: '{port}'}}
  expect(normalise({...example, start: byEnv}, env).start).toMatchObject({several: true})
})

test('a target without any mechanism is a mistake', () => {
  const none = {poll: undefined, longpoll: undefined, sse: undefined, ws: undefined}
  expect(mistake({...none, webhook: undefined})).toBe(
    '2: needs one of poll, longpoll, sse, ws, webhook: nothing else is tested',
  )
})
