import {expect, test} from 'vitest'
import {requestReader, type RequestHead} from '../../models/http.ts'
import type {Place} from '../../target.ts'
import {Marks} from '../marks.ts'
import {Ledger, type Subject} from './ledger.ts'

function head(target: string, fields = ''): RequestHead {
  const text = `POST ${target} HTTP/1.1\r\nHost: a\r\n${fields}Content-Length: 0\r\n\r\n`
  const [fact] = requestReader().push(Buffer.from(text, 'latin1'))
  if (fact?.kind !== 'head') throw new Error('no head')
  return fact.head
}

function ledger(id?: Place, pointer = ''): Ledger {
  const batch = {max: 10, pointer}
  return new Ledger(new Marks('n'), {
    ...(id && {id}),
    batch,
    payload: 'raw',
    fanoutId: 'same',
  })
}

const subject = (it: Ledger, body: string, request = head('/'), whole = true): Subject =>
  it.subject(request, Buffer.from(body), whole)

test('an event id stands in a field, the query or the body', () => {
  expect(subject(ledger({header: 'Event-Id'}), '', head('/', 'event-id: e1\r\n')).eventId).toBe(
    'e1',
  )
  expect(subject(ledger({query: 'id'}), '', head('/hook?x=1&id=e%202')).eventId).toBe('e 2')
  expect(subject(ledger({query: 'id'}), '', head('/hook')).eventId).toBeUndefined()
  expect(subject(ledger({body: '/meta/id'}), '{"meta": {"id": 3}}').eventId).toBe('3')
  expect(subject(ledger({body: '/id'}), 'no JSON').eventId).toBeUndefined()
  expect(subject(ledger(), '{"id": 3}').eventId).toBeUndefined()
})

test('a batch has the ids and the marks of all its events', () => {
  const batch = ledger({body: '/id'}, '/events')
  const body = '{"events": [{"id": 1, "d": "~n.p1~"}, {"id": 2, "d": "~n.p2~"}]}'
  expect(subject(batch, body)).toEqual({marks: ['~n.p1~', '~n.p2~'], eventId: '["1","2"]'})
  expect(subject(batch, '{"events": [{"id": 1}]}').eventId).toBe('1')
})

test('attempts are counted per mark, a batch by the most that any of its events had', () => {
  const it = ledger()
  const both = {marks: ['a', 'b']}
  expect([it.count({marks: ['a']}), it.count({marks: ['a']}), it.count({marks: ['b']})]).toEqual([
    1, 2, 1,
  ])
  expect(it.next(both)).toBe(3)
  expect(it.count(both)).toBe(3)
  expect(it.count({marks: ['b']})).toBe(4)
  expect([it.count({marks: []}), it.count({marks: []})]).toEqual([1, 2])
})

test('a body that was not read whole has the marks that came with its id before', () => {
  const it = ledger({header: 'id'})
  const request = head('/', 'id: e1\r\n')
  it.count(subject(it, '~n.p1~', request))
  expect(subject(it, '', request, false).marks).toEqual(['~n.p1~'])
  expect(subject(it, '', request, true).marks).toEqual([])
  expect(subject(it, '', head('/', 'id: e2\r\n'), false).marks).toEqual([])
})
