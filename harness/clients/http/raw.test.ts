import {expect, test} from 'vitest'
import {requestBytes} from './raw.ts'

const bytes = (request: Parameters<typeof requestBytes>[0]): string =>
  requestBytes(request, 'http://127.0.0.1:7').toString('latin1')

test('a request names its host, and the length of its body', () => {
  const get = {method: 'GET', target: '/c?since=1', headers: [['accept', 'x/y'] as const]}
  expect(bytes(get)).toBe('GET /c?since=1 HTTP/1.1\r\nHost: 127.0.0.1:7\r\naccept: x/y\r\n\r\n')
  expect(bytes({method: 'POST', target: '/c', headers: [], body: Buffer.from('ä')})).toBe(
    'POST /c HTTP/1.1\r\nHost: 127.0.0.1:7\r\nContent-Length: 2\r\n\r\nÃ¤',
  )
})

test('a Host of the description goes instead of the address', () => {
  expect(bytes({method: 'GET', target: '/c', headers: [['host', 'push.example']]})).toBe(
    'GET /c HTTP/1.1\r\nhost: push.example\r\n\r\n',
  )
})

test('a POST without content says so', () => {
  expect(bytes({method: 'POST', target: '/c', headers: []})).toBe(
    'POST /c HTTP/1.1\r\nHost: 127.0.0.1:7\r\nContent-Length: 0\r\n\r\n',
  )
})
