import type {Socket} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {response, Endings} from '../stage.test.support.ts'
import {channel, polling, whole} from './polling.test.support.ts'

const endings = new Endings()

afterEach(() => endings.end())

test.each(['raw', 'undici'] as const)(
  'a chain goes from cursor to cursor, over %s',
  async (over) => {
    const it = await polling(endings, channel(['~n.p1~', 'x ~n.p2~', 'foreign ~m.p3~']), {}, {over})
    await it.perform({as: 'q', limit: 2})
    await it.perform({})
    await it.perform({cursor: 'same'})
    await it.perform({cursor: {of: 'q'}})
    await it.perform({cursor: 'start', limit: 1})
    expect(it.heads.map((head) => head.split(' ')[1])).toEqual([
      '/c-main?limit=2',
      '/c-main?since=2',
      '/c-main?since=2',
      '/c-main?since=2',
      '/c-main?limit=1',
    ])
    expect(
      it.facts('request').map(({name, from, cursor, limit}) => [name, from, cursor, limit]),
    ).toEqual([
      ['q', 'start', undefined, 2],
      ['a.2', 'last', '2', undefined],
      ['a.3', 'same', '2', undefined],
      ['a.4', 'named', '2', undefined],
      ['a.5', 'start', undefined, 1],
    ])
    expect(it.facts('answer')[0]).toEqual({
      kind: 'answer',
      client: 'a',
      conn: 'a.1',
      request: 'q',
      ending: 'complete',
      class: 'events',
      count: 2,
      status: 200,
      cursor: '2',
      etag: '"0-2"',
      more: true,
    })
    expect(it.facts('event').slice(0, 3)).toEqual([
      {
        kind: 'event',
        client: 'a',
        conn: 'a.1',
        via: 'poll',
        channel: 'c-main',
        request: 'q',
        mark: '~n.p1~',
        id: '1',
        data: '~n.p1~',
      },
      {
        kind: 'event',
        client: 'a',
        conn: 'a.1',
        via: 'poll',
        channel: 'c-main',
        request: 'q',
        mark: '~n.p2~',
        id: '2',
        data: 'x ~n.p2~',
      },
      {
        kind: 'event',
        client: 'a',
        conn: 'a.2',
        via: 'poll',
        channel: 'c-main',
        request: 'a.2',
        id: '3',
        data: 'foreign ~m.p3~',
      },
    ])
  },
)

test.each(['raw', 'undici'] as const)(
  'the facts of one poll come in order, over %s',
  async (over) => {
    const it = await polling(endings, channel(['~n.p1~']), {}, {over})
    await it.perform({})
    const kinds = it.recorder.trace.map((fact) => fact.kind)
    expect(kinds.filter((kind) => kind !== 'fin')).toEqual([
      'connect',
      'request',
      'out',
      'sent',
      'in',
      'response',
      'event',
      'answer',
    ])
  },
)

test('the request on the wire is what HTTP/1.1 asks for', async () => {
  const it = await polling(endings, channel([]))
  await it.perform({})
  const [out] = it.facts('out')
  expect(out?.bytes).toMatch(
    /^GET \/c-main HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\naccept-encoding: identity\r\n\r\n$/,
  )
})

test('a condition bears the tag of the answer to the same request only', async () => {
  const it = await polling(endings, channel(['~n.p1~']))
  await it.perform({conditional: true})
  await it.perform({cursor: 'same', conditional: true})
  await it.perform({conditional: true})
  await it.perform({cursor: 'same', conditional: true})
  expect(it.facts('request').map(({conditional}) => conditional)).toEqual([
    undefined,
    true,
    undefined,
    true,
  ])
  expect(it.facts('answer').map((fact) => fact.class)).toEqual([
    'events',
    'unchanged',
    'empty',
    'unchanged',
  ])
  expect(it.facts('answer')[1]).not.toHaveProperty('cursor')
  expect(it.heads[2]).toContain('since=1')
})

test('a tag with obs-text goes back byte by byte', async () => {
  for (const over of ['raw', 'undici'] as const) {
    for (const tag of ['W/"\xc3\xa90,2"', '"\xe9"']) {
      const answer = ({head}: {head: string}, socket: Socket): void => {
        const same = head.includes(`if-none-match: ${tag}`)
        const bytes = same ? response(304, '') : response(200, whole, `ETag: ${tag}\r\n`)
        socket.write(Buffer.from(bytes, 'latin1'))
      }
      const it = await polling(endings, answer, {}, {over})
      await it.perform({})
      await it.perform({cursor: 'same', conditional: true})
      expect(it.facts('answer')[1]).toMatchObject({class: 'unchanged', status: 304})
    }
  }
})

test('references that do not resolve do nothing', async () => {
  const it = await polling(endings, channel([]), {
    poll: {
      cursor: {
        send: [],
        receive: [],
        start: 'now',
        onGarbage: 'start',
        inclusive: false,
        kind: 'queue',
        opaque: false,
      },
    },
  })
  await it.perform({cursor: 'same'})
  await it.perform({cursor: 'start'})
  await it.perform({cursor: {of: 'nobody'}})
  await it.perform({cursor: {forged: 'trailing'}})
  await it.step({do: 'release', client: 'a'})
  await it.step({do: 'leave', client: 'a', how: 'rst'})
  expect(it.recorder.trace).toEqual([])
})

test('a forged cursor is refused, and changes neither `last` nor `same`', async () => {
  const it = await polling(endings, channel(['~n.p1~']))
  await it.perform({})
  await it.perform({cursor: {forged: 'repeated'}})
  await it.perform({cursor: {forged: 'ill-formed-utf8'}})
  await it.perform({cursor: 'same'})
  await it.perform({})
  expect(it.heads.map((head) => head.split(' ')[1])).toEqual([
    '/c-main',
    '/c-main?since=1&since=10',
    '/c-main?since=1%C3%28',
    '/c-main',
    '/c-main?since=1',
  ])
  expect(it.facts('request').map(({from}) => from)).toEqual([
    'start',
    'forged',
    'forged',
    'same',
    'last',
  ])
  expect(it.facts('answer')[2]).toMatchObject({class: 'refused', status: 400, count: 0})
})

test('an event is a position where ids are cursors', async () => {
  const it = await polling(endings, channel(['~n.p1~', '~n.p2~']))
  it.log.write({
    kind: 'publishing',
    as: 'p1',
    mark: '~n.p1~',
    by: 'w',
    channel: 'c-main',
    payload: '',
  })
  await it.perform({cursor: {of: 'p1'}})
  await it.perform({})
  await it.perform({cursor: {of: 'p1'}})
  expect(it.heads.map((head) => head.split(' ')[1])).toEqual(['/c-main', '/c-main?since=1'])
})

test('an answer may be one event, with its cursor in two fields', async () => {
  const fields = 'Last-Modified: now\r\nEtag: 3\r\n'
  const it = await polling(
    endings,
    (_, socket) => socket.write(response(200, 'hi ~n.p1~', fields)),
    {
      poll: {
        events: {shape: 'single', pointer: '', payload: ''},
        cursor: {
          send: [{header: 'If-Modified-Since'}, {header: 'If-None-Match'}],
          receive: [{header: 'Last-Modified'}, {header: 'Etag'}],
          start: 'oldest',
          onGarbage: 'start',
          inclusive: false,
          kind: 'replay',
          opaque: true,
        },
      },
    },
  )
  await it.perform({})
  await it.perform({conditional: true})
  await it.perform({cursor: {forged: 'trailing'}})
  expect(it.facts('event')[0]).toMatchObject({mark: '~n.p1~', data: 'hi ~n.p1~'})
  expect(it.facts('event')[0]).not.toHaveProperty('id')
  expect(it.facts('request')[1]).toMatchObject({cursor: '["now","3"]', from: 'last'})
  expect(it.heads[1]).toContain('if-modified-since: now\r\nif-none-match: 3')
  expect(it.heads[2]).toContain('if-modified-since: nowx\r\nif-none-match: 3')
})
