import {expect, test} from 'vitest'
import type {Json, RequestTemplate} from '../target.ts'
import {pointer} from './pointer.ts'
import {fillPath, fillRequest, fillText, placeCursor, readCursor} from './template.ts'

const get: RequestTemplate = {method: 'GET', path: '/c/{channel}', headers: {}, query: {}}

const target = (template: Partial<RequestTemplate>, ...rest: [object?, object?]): string =>
  fillRequest({...get, ...template}, {channel: 'a b/ü', ...rest[0]}, {})!.target

const body = (template: Json | undefined, values: object): string | undefined =>
  fillRequest(
    {...get, ...(template !== undefined && {body: template})},
    values,
    {},
  )?.body?.toString()

test('a path is percent-encoded where it is filled, and kept where it is written', () => {
  expect(target({})).toBe('/c/a%20b%2F%C3%BC')
  expect(target({path: '/%41/…/{channel}?x=a%26b&y'})).toBe(
    '/%41/%E2%80%A6/a%20b%2F%C3%BC?x=a%26b&y',
  )
})

test('a parameter whose whole value is absent is left out', () => {
  expect(fillPath('/ws?since={cursor}&a=1', {})).toBe('/ws?a=1')
  expect(fillPath('/ws?since={cursor}', {cursor: '5&6'})).toBe('/ws?since=5%266')
  expect(fillPath('/ws?since=v{cursor}', {})).toBe('/ws?since=v')
  expect(target({path: '/', query: {since: '{cursor}', live: 'true', none: ''}})).toBe(
    '/?live=true&none=',
  )
})

test('a string body is raw, an object is filled and then encoded', () => {
  const values = {payload: 'a"b\n{channel}', channel: 'c'}
  expect(body('<{payload}>', values)).toBe('<a"b\n{channel}>')
  expect(body({d: ['{payload}', 1], c: '{channel}', gone: '{cursor}'}, values)).toBe(
    '{"d":["a\\"b\\n{channel}",1],"c":"c"}',
  )
  expect(body(undefined, values)).toBeUndefined()
  expect(fillText('{receiver}/x', {receiver: 'http://h'})).toBe('http://h/x')
})

test('values go to their places', () => {
  const filled = fillRequest(
    {method: 'POST', path: '/?since=0&b=2', headers: {A: '1'}, query: {}, body: {n: 0}},
    {},
    {a: '2', z: '{channel}'},
    [
      {place: {query: 'since'}, value: 'x y'},
      {place: {query: 'limit'}, value: 3},
      {place: {header: 'Last-Event-ID'}, value: 'é'},
      {place: {body: '/n'}, value: '12'},
      {place: {body: '/deep/s'}, value: '12'},
    ],
  )
  expect(filled).toEqual({
    method: 'POST',
    target: '/?since=x%20y&b=2&limit=3',
    headers: [
      ['accept-encoding', 'identity'],
      ['a', '1'],
      ['last-event-id', '\xc3\xa9'],
    ],
    body: Buffer.from('{"n":12,"deep":{"s":"12"}}'),
  })
})

test('what a place cannot hold is not sent', () => {
  const place = {header: 'since'}
  expect(fillRequest(get, {}, {}, [{place, value: 'a\nb'}])).toBeUndefined()
  expect(fillRequest(get, {}, {}, [{place, value: {escaped: ['%FF']}}])).toBeUndefined()
})

test('text that a field would trim is not sent in one', () => {
  const place = {header: 'since'}
  for (const value of ['  ', ' 7', '7\t'])
    expect(fillRequest(get, {}, {}, [{place, value}])).toBeUndefined()
  expect(fillRequest({...get, headers: {a: '{payload}'}}, {payload: 'x '}, {})).toBeUndefined()
  const spaced = fillRequest(get, {}, {a: ' 1 '}, [{place, value: 'a b'}])
  expect(spaced?.headers.slice(1)).toEqual([
    ['a', '1'],
    ['since', 'a b'],
  ])
  const coded = fillRequest(get, {}, {'Accept-Encoding': 'gzip'})
  expect(coded?.headers).toEqual([['accept-encoding', 'gzip']])
})

test('a repeated parameter is sent twice', () => {
  const placing = {place: {query: 'since'}, value: {escaped: ['1', '2']}}
  expect(fillRequest({...get, path: '/'}, {}, {}, [placing])?.target).toBe('/?since=1&since=2')
})

test('a cursor is read from its places and sent back to others', () => {
  const headers = [['Last-Modified', 'now'] as const, ['ETag', '"\xc3\xa9"'] as const]
  expect(readCursor([{header: 'last-modified'}, {header: 'etag'}], headers, undefined)).toBe(
    '["now","\\"é\\""]',
  )
  expect(readCursor([{body: '/a/1'}], [], {a: [0, {b: 17}]})).toBe('{"b":17}')
  expect(readCursor([{body: '/a/0'}], [], {a: [17]})).toBe('17')
  expect(readCursor([{header: 'x'}, {header: 'etag'}], headers, undefined)).toBeUndefined()
  expect(readCursor([], headers, undefined)).toBeUndefined()
  expect(placeCursor([{query: 'a'}], '[1]')).toEqual([{place: {query: 'a'}, value: '[1]'}])
  expect(placeCursor([{query: 'a'}, {header: 'b'}], '["x","y"]')).toEqual([
    {place: {query: 'a'}, value: 'x'},
    {place: {header: 'b'}, value: 'y'},
  ])
})

test('the pointers of RFC 6901 section 5', () => {
  const document = {foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'm~n': 8, ' ': 7, 'k"l': 6}
  expect(pointer(document, '')).toBe(document)
  expect(pointer(document, '/foo/0')).toBe('bar')
  expect(pointer(document, '/')).toBe(0)
  expect(pointer(document, '/a~1b')).toBe(1)
  expect(pointer(document, '/m~0n')).toBe(8)
  expect(pointer(document, '/ ')).toBe(7)
  expect(pointer(document, '/k"l')).toBe(6)
  expect(pointer(document, '/foo/2')).toBeUndefined()
  expect(pointer(document, '/foo/01')).toBeUndefined()
  expect(pointer(document, 'foo')).toBeUndefined()
  expect(pointer(document, '/toString')).toBeUndefined()
})
