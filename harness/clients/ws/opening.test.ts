import {expect, test} from 'vitest'
import {openingKey, openingRequest, requestCuts} from './opening.ts'

const valid = {
  origin: 'http://127.0.0.1:7',
  target: '/echo',
  headers: {},
  spec: {},
  seed: 'n a',
}

test('the default is the handshake of RFC 6455 4.1, the same for the same client', () => {
  const key = openingKey('n a')
  expect(Buffer.from(key, 'base64')).toHaveLength(16)
  expect(openingKey('n b')).not.toBe(key)
  expect(openingRequest(valid).toString('latin1')).toBe(
    `GET /echo HTTP/1.1\r\nHost: 127.0.0.1:7\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  )
})

test('fields replace all but Host, in their order, and fields of the description go along', () => {
  const spec = {
    method: 'POST',
    version: 'HTTP/1.0',
    key: '000102030405060708090a0b0c0d0e0f',
    fields: [
      ['sec-websocket-key', '{key}'],
      ['X', 'http://{host}/'],
    ] as const,
  }
  expect(
    openingRequest({...valid, spec, headers: {authorization: 'Bearer t', x: 'y'}}).toString(
      'latin1',
    ),
  ).toBe(
    'POST /echo HTTP/1.0\r\nHost: 127.0.0.1:7\r\nsec-websocket-key: AAECAwQFBgcICQoLDA0ODw==\r\nX: http://127.0.0.1:7/\r\nauthorization: Bearer t\r\n\r\n',
  )
})

test('Host can be named or left out', () => {
  const named = {
    fields: [
      ['Host', 'a'],
      ['Host', 'b'],
    ] as const,
  }
  expect(openingRequest({...valid, spec: named}).toString('latin1')).toBe(
    'GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  )
  const none = {fields: [], withoutHost: true} as const
  for (const headers of [{}, {Host: 'push.example'}]) {
    expect(openingRequest({...valid, headers, spec: none}).toString('latin1')).toBe(
      'GET /echo HTTP/1.1\r\n\r\n',
    )
  }
})

test('a Host of the description goes instead of the address', () => {
  const headers = {host: 'push.example'}
  expect(openingRequest({...valid, headers, spec: {fields: []}}).toString('latin1')).toBe(
    'GET /echo HTTP/1.1\r\nhost: push.example\r\n\r\n',
  )
})

test('without a version the request line is that of HTTP/0.9', () => {
  const spec = {version: '', fields: [], withoutHost: true} as const
  expect(openingRequest({...valid, spec}).toString('latin1')).toBe('GET /echo\r\n\r\n')
})

test('half a pair, as shrinking makes them, is no field', () => {
  const spec = {fields: [['Host'], ['A', 'b']] as unknown as [string, string][]}
  expect(openingRequest({...valid, spec}).toString('latin1')).toBe(
    'GET /echo HTTP/1.1\r\nHost: 127.0.0.1:7\r\nA: b\r\n\r\n',
  )
})

test('cuts count from the start, or from the end', () => {
  expect(requestCuts([-1, 3, -4, 1], 10)).toEqual([1, 3, 6, 9])
})

test('white space behind the colon is free', () => {
  const spec = {fields: [['A', 'b']], colon: ':'} as const
  expect(openingRequest({...valid, spec}).toString('latin1')).toBe(
    'GET /echo HTTP/1.1\r\nHost:127.0.0.1:7\r\nA:b\r\n\r\n',
  )
})
