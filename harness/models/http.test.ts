import {expect, test} from 'vitest'
import {
  header,
  headerList,
  requestReader,
  responseReader,
  type HttpReader,
  type RequestFact,
  type ResponseFact,
} from './http.ts'

type Fact = ResponseFact | RequestFact

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** Facts of a whole message with all data joined, so that cuts cannot be seen. */
function read(reader: HttpReader<Fact>, chunks: readonly Buffer[], close = true): unknown[] {
  const facts = chunks.flatMap((chunk) => reader.push(chunk))
  if (close) facts.push(...reader.end())
  const joined: unknown[] = []
  let data: {kind: 'data'; text: string; bodyAt: number} | undefined
  for (const fact of facts) {
    if (fact.kind !== 'data') {
      joined.push(fact)
    } else if (data) {
      expect(fact.bodyAt).toBe(data.bodyAt + data.text.length)
      data.text += fact.bytes.toString('latin1')
    } else {
      data = {kind: 'data', text: fact.bytes.toString('latin1'), bodyAt: fact.bodyAt}
      joined.push(data)
    }
  }
  return [...joined, reader.rest().toString('latin1')]
}

const oneByteEach = (whole: Buffer): Buffer[] => [...whole].map((byte) => Buffer.from([byte]))

test('a response with a length is read with its positions', () => {
  const facts = responseReader('GET').push(
    bytes('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A:\t b \r\n\r\nabcHTTP/1.1'),
  )
  expect(facts).toMatchObject([
    {
      kind: 'head',
      framing: {by: 'length', bytes: 3},
      head: {
        status: 200,
        reason: 'OK',
        version: 'HTTP/1.1',
        headers: [
          ['Content-Length', '3'],
          ['X-A', 'b'],
        ],
        rawHead: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-A:\t b \r\n\r\n',
        start: 0,
        end: 48,
        oddities: [],
      },
    },
    {kind: 'data', at: 48, bodyAt: 0},
    {kind: 'complete', end: 51, bodyBytes: 3, trailers: []},
  ])
})

test('chunk extensions are skipped and trailers kept', () => {
  const wire =
    'HTTP/1.1 200 \r\ntransfer-encoding: Chunked\r\n\r\n' +
    '3;a="x;y"\r\nabc\r\n0A\r\n0123456789\r\n000\r\nDigest: q\r\n\r\nrest'
  expect(read(responseReader('GET'), [bytes(wire)])).toMatchObject([
    {kind: 'head', framing: {by: 'chunked'}},
    {kind: 'data', text: 'abc0123456789'},
    {kind: 'complete', end: wire.length - 4, bodyBytes: 13, trailers: [['Digest', 'q']]},
    'rest',
  ])
})

test('interim responses come before the final one', () => {
  const wire =
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' +
    'HTTP/1.1 204 No Content\r\n\r\n'
  expect(read(responseReader('POST'), oneByteEach(bytes(wire)))).toMatchObject([
    {kind: 'interim', head: {status: 100, start: 0, end: 25}},
    {kind: 'interim', head: {status: 103, start: 25, headers: [['Link', '</a>']]}},
    {kind: 'head', head: {status: 204}, framing: {by: 'none'}},
    {kind: 'complete', bodyBytes: 0},
    '',
  ])
})

test.each([
  ['HEAD', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n', 'none'],
  ['GET', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n', 'none'],
  ['GET', 'HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n', 'none'],
  ['CONNECT', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n', 'tunnel'],
  ['GET', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n', 'tunnel'],
])('%s %j has no HTTP body', (method, wire, by) => {
  expect(read(responseReader(method), [bytes(`${wire}xyz`)])).toMatchObject([
    {kind: 'head', framing: {by}},
    {kind: 'complete', end: wire.length, bodyBytes: 0},
    'xyz',
  ])
})

test('a body without length ends with the connection', () => {
  const wire = 'HTTP/1.1 200 OK\r\n\r\nabc'
  expect(read(responseReader('GET'), [bytes(wire)])).toMatchObject([
    {kind: 'head', framing: {by: 'close'}},
    {kind: 'data', text: 'abc'},
    {kind: 'complete', end: wire.length, bodyBytes: 3},
    '',
  ])
})

test('an unfinished message is cut, and says where', () => {
  const cutOf = (wire: string): unknown => read(responseReader('GET'), [bytes(wire)]).at(-2)
  expect(cutOf('')).toMatchObject({kind: 'cut', within: 'nothing', at: 0})
  expect(cutOf('HTTP/1.1 200')).toMatchObject({kind: 'cut', within: 'head', at: 12})
  expect(cutOf('HTTP/1.1 200 OK\r\n')).toMatchObject({kind: 'cut', within: 'head', at: 17})
  const head = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'
  expect(cutOf(`${head}abc`)).toMatchObject({kind: 'cut', within: 'body', bodyBytes: 3})
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
  expect(cutOf(`${chunked}3\r\nabc\r\n0\r\n`)).toMatchObject({within: 'body', bodyBytes: 3})
})

const head = 'HTTP/1.1 200 OK\r\n'
const chunkedHead = `${head}transfer-encoding: chunked\r\n\r\n`

test.each([
  ['SSH-2.0-OpenSSH\r\n', 0],
  ['\r\nHTTP/1.1 200 OK\r\n', 0],
  ['HTTP/2.0 200 OK\r\n', 0],
  ['HTTP/1.1 99 Low\r\n', 0],
  ['HTTP/1.1 099 Low\r\n', 0],
  [`${head}no colon\r\n`, 17],
  [`${head} folded: first\r\n`, 17],
  [`${head}a: b\0c\r\n`, 17],
  [`${head}a: b\rc\r\n`, 17],
  [`${head}a\xe9: b\r\n`, 17],
  [`${head}content-length: 3\r\ncontent-length: 4\r\n\r\n`, 0],
  [`${head}content-length: -1\r\n\r\n`, 0],
  [`${head}content-length: 99999999999999999999\r\n\r\n`, 0],
  [`${head}content-length:\r\n\r\n`, 0],
  [`${head}transfer-encoding: chunked, chunked\r\n\r\n`, 0],
  ['HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', 0],
  [`${chunkedHead}-1\r\n`, 47],
  [`${chunkedHead}0x3\r\n`, 47],
  [`${chunkedHead}\r\n`, 47],
  [`${chunkedHead}3\nabc`, 47],
  [`${chunkedHead}FFFFFFFFFFFFFFFF\r\n`, 47],
  [`${chunkedHead}1\r\nabc`, 51],
  [`${chunkedHead}1\r\na\n`, 51],
  [`${chunkedHead}0\r\nno colon\r\n`, 50],
])('%j is malformed at byte %i', (wire, offset) => {
  expect(responseReader('GET').push(bytes(wire)).at(-1)).toMatchObject({
    kind: 'malformed',
    offset,
  })
})

test('lines that never end are malformed at their first byte', () => {
  const last = (wire: string): unknown => responseReader('GET').push(bytes(wire)).at(-1)
  expect(last(`${chunkedHead}1;${'x'.repeat(5_000)}`)).toMatchObject({offset: 47})
  expect(last(`${head}a: ${'x'.repeat(70_000)}`)).toMatchObject({offset: 17})
})

test('a head of exactly the limit is read and one byte more is not', () => {
  const wire = bytes('HTTP/1.1 204 No\r\na: b\r\n\r\n')
  const reader = (headBytes: number): HttpReader<ResponseFact> =>
    responseReader('GET', {limits: {headBytes}})
  expect(reader(wire.length).push(wire).at(-1)).toMatchObject({kind: 'complete'})
  expect(
    reader(wire.length - 1)
      .push(wire)
      .at(-1),
  ).toMatchObject({kind: 'malformed'})
})

test('what RFC 9112 lets a recipient tolerate is read and named', () => {
  const wire = 'HTTP/1.1 200\nA : 1\r\nb: 1\r\n 2\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n'
  expect(responseReader('GET').push(bytes(wire))[0]).toMatchObject({
    head: {
      headers: [
        ['A', '1'],
        ['b', '1 2'],
        ['content-length', '0'],
        ['content-length', '0'],
      ],
      oddities: [
        'bare-lf',
        'no-space-after-status',
        'space-before-colon',
        'obs-fold',
        'repeated-length',
      ],
    },
  })
  const both = `${head}content-length: 9\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`
  expect(responseReader('GET').push(bytes(both))).toMatchObject([
    {framing: {by: 'chunked'}, head: {oddities: ['length-and-transfer-encoding']}},
    {kind: 'complete'},
  ])
})

test('requests are read one after the other from one connection', () => {
  const first = '\r\nPOST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi'
  const second = 'GET / HTTP/1.1\r\n\r\n'
  const reader = requestReader()
  expect(reader.push(bytes(first + second))).toMatchObject([
    {
      kind: 'head',
      head: {method: 'POST', target: '/a?b', version: 'HTTP/1.1', oddities: ['leading-empty-line']},
    },
    {kind: 'data', bodyAt: 0},
    {kind: 'complete', end: first.length},
  ])
  const next = requestReader({offset: first.length})
  expect(next.push(reader.rest())).toMatchObject([
    {head: {method: 'GET', start: first.length, end: first.length + second.length}},
    {kind: 'complete', end: first.length + second.length, bodyBytes: 0},
  ])
})

test.each([
  'GET  / HTTP/1.1\r\n',
  'GET /a b HTTP/1.1\r\n',
  'G@T / HTTP/1.1\r\n',
  'GET / HTTP/3\r\n',
  'GET /\x01 HTTP/1.1\r\n',
  'GET / HTTP/1.1\r\nHost : x\r\n',
  'POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n',
])('the request %j is malformed', (wire) => {
  expect(requestReader().push(bytes(wire)).at(-1)).toMatchObject({kind: 'malformed'})
})

test('fields are found in any letter case, lists over all their lines', () => {
  const headers = [
    ['Vary', 'a, "b,\\"c" ,,'],
    ['VARY', ' d'],
  ] as const
  expect(header(headers, 'vary')).toBe('a, "b,\\"c" ,,')
  expect(header(headers, 'via')).toBeUndefined()
  expect(headerList(headers, 'vary')).toEqual(['a', '"b,\\"c"', 'd'])
})
