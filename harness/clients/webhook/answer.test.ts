/* oxlint-disable unicorn/no-thenable -- `then` is the word of script/webhook.ts, never a function */
import {expect, test} from 'vitest'
import {requestReader, type RequestHead} from '../../models/http.ts'
import type {Answer} from '../../script/webhook.ts'
import {answersEarly, answerTo, replyTo} from './answer.ts'

const any: Answer = {do: 'answer', client: 'x', status: 500}
const second: Answer = {...any, attempt: 2, status: 502}
const p1: Answer = {...any, event: 'p1', status: 503}
const p1second: Answer = {...any, event: 'p1', attempt: 2, status: 504}
const places = {self: 'http://a/hook', path: 'http://a/elsewhere', canary: 'http://b/canary'}

function head(text: string): RequestHead {
  const [fact] = requestReader().push(Buffer.from(text, 'latin1'))
  if (fact?.kind !== 'head') throw new Error('no head')
  return fact.head
}

const post = head('POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
const text = (answer: Answer, request = post): string =>
  replyTo(answer, request, places).bytes.toString('latin1')

test('the most special answer counts, the event before the attempt', () => {
  const all = [any, second, p1, p1second]
  const status = (names: string[], attempt: number): number | undefined =>
    answerTo(all, 'x', names, attempt).status
  expect(status(['p1'], 2)).toBe(504)
  expect(status(['p1'], 1)).toBe(503)
  expect(status(['p2'], 2)).toBe(502)
  expect(status(['p2'], 3)).toBe(500)
  expect(status(['p2', 'p1'], 2)).toBe(504)
})

test('what bears no event of this case, or has no answer, is acknowledged', () => {
  expect(answerTo([any], 'x', [], 1)).toEqual({do: 'answer', client: 'x'})
  expect(answerTo([p1], 'x', ['p2'], 1)).toEqual({do: 'answer', client: 'x'})
  expect(text({do: 'answer', client: 'x'})).toBe('HTTP/1.1 204 No Content\r\n\r\n')
})

test('a body is framed, a 304 and a HEAD have none', () => {
  expect(text({...any, body: 'no'})).toBe(
    'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\nContent-Type: text/plain\r\n\r\nno',
  )
  expect(text({...any, status: 304, body: 'no'})).toBe('HTTP/1.1 304 \r\n\r\n')
  expect(text(any, head('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n'))).toMatch(/\r\n\r\n$/)
})

test('Retry-After and Location are told', () => {
  const reply = replyTo({...any, status: 307, retryAfter: 2, location: 'canary'}, post, places)
  expect(reply).toMatchObject({location: 'http://b/canary', retryAfter: '2', closes: false})
  expect(reply.bytes.toString()).toContain('\r\nLocation: http://b/canary\r\nRetry-After: 2\r\n')
})

test('the connection ends where the script or the sender says so, and the answer announces it', () => {
  expect(text({...any, then: 'fin'})).toContain('\r\nConnection: close\r\n')
  const closes = (request: string): boolean => replyTo(any, head(request), places).closes
  expect(closes('POST / HTTP/1.1\r\nConnection: keep-alive, Close\r\n\r\n')).toBe(true)
  expect(closes('POST / HTTP/1.0\r\n\r\n')).toBe(true)
  expect(closes('POST / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n')).toBe(false)
})

test('an answer goes out early only where that is asked for', () => {
  expect(answersEarly(any, 100)).toBe(false)
  expect(answersEarly({...any, read: 'all'}, 100)).toBe(false)
  expect(answersEarly({...any, read: 'head'}, 0)).toBe(true)
  expect(answersEarly({...any, read: {bytes: 5}}, 4)).toBe(false)
  expect(answersEarly({...any, read: {bytes: 5}}, 5)).toBe(true)
})
