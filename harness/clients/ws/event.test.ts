import {expect, test} from 'vitest'
import type {WsEndpoint} from '../../target.ts'
import {Marks} from '../marks.ts'
import {eventIn, type Told} from './event.ts'

type Subscribe = NonNullable<WsEndpoint['subscribe']>

const raw: Subscribe = {path: '/', headers: {}, payload: 'raw', initial: 'live', ready: 'head'}
const inside: Subscribe = {...raw, payload: {pointer: '/data'}, id: '/id'}

function told(text: string, endpoint: Subscribe): Told | undefined {
  return eventIn({binary: false, payload: Buffer.from(text)}, endpoint, new Marks('n'))
}

test('the message is the payload, or holds it', () => {
  expect(told('~n.p1~ hi', raw)).toEqual({data: '~n.p1~ hi', mark: '~n.p1~'})
  expect(told('{"id": 7, "data": "~n.p1~ hi"}', inside)).toEqual({
    data: '~n.p1~ hi',
    id: '7',
    mark: '~n.p1~',
  })
  expect(told('{"data": {"a": ["~n.p1~"]}}', inside)).toEqual({
    data: '{"a":["~n.p1~"]}',
    mark: '~n.p1~',
  })
})

test('a payload without a mark of this case has none', () => {
  expect(told('~m.p1~', raw)).toEqual({data: '~m.p1~'})
})

test('what has no payload is no event', () => {
  expect(told('{"type": "welcome"}', inside)).toBeUndefined()
  expect(told('welcome', inside)).toBeUndefined()
})
