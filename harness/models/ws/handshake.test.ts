import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {
  acceptedProblems,
  acceptKey,
  classifyRequest,
  handshakeKinds,
  judgeHandshake,
  readOffer,
  type Handshake,
} from './handshake.ts'

const lines = [
  'Host: server.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
]
const request = (fields: readonly string[], first = 'GET /chat HTTP/1.1'): string =>
  [first, ...fields, '', ''].join('\r\n')
const without = (name: string): string[] => lines.filter((line) => !line.startsWith(name))
const swapped = (name: string, ...more: string[]): string => request([...without(name), ...more])

const accepted = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
]
const response = (fields: readonly string[]): Buffer =>
  Buffer.from([...fields, '', ''].join('\r\n'))

const played = (part: Partial<Handshake>) =>
  judgeHandshake(
    {
      request: request(lines),
      pieces: 1,
      early: false,
      response: response(accepted),
      end: 'open',
      watchedMs: 1000,
      knownPath: true,
      ...part,
    },
    1000,
  )

test('RFC 6455 section 1.3: the sample key has the sample answer', () => {
  expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
})

test('any order, case and white space of the fields is a valid request', () => {
  const cased = (line: string, upper: boolean): string => {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    return (upper ? name.toUpperCase() : name.toLowerCase()) + line.slice(colon)
  }
  const known = [...lines, 'X-Any: thing', 'Origin: http://example.com']
  const subset = fc.shuffledSubarray(known, {minLength: known.length})
  fc.assert(
    fc.property(subset, fc.boolean(), fc.constantFrom('', ' ', ' \t'), (fields, upper, space) => {
      const written = fields.map((line) => cased(line, upper).replace(': ', `:${space}`) + space)
      expect(classifyRequest(request(written))).toEqual({verdict: 'accept', violated: []})
    }),
  )
})

test('the Connection field is a list of tokens, over several lines, without case', () => {
  const lists = [
    'upgrade',
    'keep-alive, Upgrade',
    'keep-alive,UPGRADE',
    ', ,Upgrade',
    'a\t,\tUpgrade',
  ]
  for (const list of lists)
    expect(classifyRequest(swapped('Connection', `Connection: ${list}`)).verdict, list).toBe(
      'accept',
    )
  const two = swapped('Connection', 'Connection: keep-alive', 'connection: upgrade')
  expect(classifyRequest(two).verdict).toBe('accept')
})

test.each([
  [request(lines, 'POST /chat HTTP/1.1'), 'method'],
  [request(lines, 'get /chat HTTP/1.1'), 'method'],
  [request(lines, 'GET /chat HTTP/1.0'), 'http-version'],
  [request(lines, 'GET /chat HTTP/1.1x'), 'http-version'],
  [request(lines, 'GET /chat'), 'http-version'],
  [request(without('Host')), 'host'],
  [request([...lines, 'Host: other']), 'host'],
  [request(without('Upgrade')), 'upgrade-missing'],
  [swapped('Upgrade', 'Upgrade: h2c'), 'upgrade-missing'],
  [swapped('Upgrade', 'Upgrade: websocketx'), 'upgrade-missing'],
  [swapped('Connection', 'Connection: Upgradex'), 'upgrade-missing'],
  [swapped('Connection', 'Connection: keep-alive'), 'upgrade-missing'],
  [request(without('Sec-WebSocket-Key')), 'key-missing'],
  [swapped('Sec-WebSocket-Key', 'Sec-WebSocket-Key:'), 'key-missing'],
  [request([...lines, lines[3] ?? '']), 'key-missing'],
  [request(without('Sec-WebSocket-Version')), 'version-negotiation'],
  [swapped('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 12'), 'version-negotiation'],
  [request([...lines, 'X-Bad : spaced']), 'malformed-head'],
])('%j must be refused for %s', (head, rule) => {
  expect(classifyRequest(head)).toMatchObject({verdict: 'refuse'})
  expect(classifyRequest(head).violated[0]).toBe(rule)
})

test.each([
  [swapped('Sec-WebSocket-Key', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA='), 'key-malformed'],
  [swapped('Sec-WebSocket-Key', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAAA'), 'key-malformed'],
  [swapped('Upgrade', 'Upgrade: foo, websocket'), 'upgrade-missing'],
  [swapped('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 8'), 'version-negotiation'],
  [request([...lines, 'Content-Length: 5']), 'declared-body'],
  [request(lines).replaceAll('\r\n', '\n'), 'malformed-head'],
  [request([...lines, `X: ${'a'.repeat(9000)}`]), 'large-head'],
])('%j may be accepted or refused for %s', (head, rule) => {
  expect(classifyRequest(head)).toEqual({verdict: 'either', violated: [rule]})
})

test('the worst class wins over any number of lenient ones', () => {
  const head = request([...without('Host'), 'Content-Length: 5'])
  expect(classifyRequest(head)).toEqual({verdict: 'refuse', violated: ['host', 'declared-body']})
})

const offering = (...extra: string[]) => readOffer(request([...lines, ...extra]))
const problemsOf = (extra: readonly string[], ...offers: string[]) =>
  acceptedProblems(response([...accepted, ...extra]).toString('latin1'), offering(...offers)).map(
    ({rule, kind}) => `${rule} ${kind}`,
  )

test('a good 101 has no problem, with an offered subprotocol and extension too', () => {
  expect(problemsOf([])).toEqual([])
  const answer = ['Sec-WebSocket-Protocol: b', 'Sec-WebSocket-Extensions: permessage-deflate']
  const offers = ['Sec-WebSocket-Protocol: a, b', 'Sec-WebSocket-Extensions: x, permessage-deflate']
  expect(problemsOf(answer, ...offers)).toEqual([])
})

test.each([
  [['Content-Length: 0'], 'response-101 body-framing'],
  [['Transfer-Encoding: chunked'], 'response-101 body-framing'],
  [['Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo='], 'accept-key repeated'],
  [['Sec-WebSocket-Protocol: a'], 'subprotocol-selection unasked'],
  [['Sec-WebSocket-Extensions: permessage-deflate'], 'extension-offered-only unasked'],
])('a 101 with %j breaks %s', (extra, problem) => {
  expect(problemsOf(extra)).toEqual([problem])
})

test.each([
  ['Sec-WebSocket-Protocol: B', 'subprotocol-selection not-offered'],
  ['Sec-WebSocket-Protocol: a, b', 'subprotocol-selection not-offered'],
  ['Sec-WebSocket-Protocol:', 'subprotocol-selection not-offered'],
  ['Sec-WebSocket-Extensions: bzip', 'extension-offered-only not-offered'],
  ['Sec-WebSocket-Extensions: permessage-deflate; x=1', 'extension-offered-only bad-parameter'],
  [
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10',
    'extension-offered-only bad-parameter',
  ],
  [
    'Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate',
    'extension-offered-only repeated',
  ],
])('a 101 with %j breaks %s', (line, problem) => {
  const offers = ['Sec-WebSocket-Protocol: a, b', 'Sec-WebSocket-Extensions: permessage-deflate']
  expect(problemsOf([line], ...offers)).toEqual([problem])
})

test('a wrong or missing accept value, Upgrade or Connection is named', () => {
  const missing = (index: number): string[] =>
    acceptedProblems(
      response(accepted.filter((_, line) => line !== index)).toString('latin1'),
      offering(),
    ).map(({rule, kind}) => `${rule} ${kind}`)
  expect([1, 2, 3].map(missing)).toEqual([
    ['response-101 no-upgrade'],
    ['response-101 no-connection'],
    ['accept-key missing'],
  ])
})

const refusal = (status: number, ...fields: string[]): Buffer =>
  response([`HTTP/1.1 ${status} No`, 'Content-Length: 0', ...fields])

test('a valid handshake exercises the rows of its form', () => {
  const {exercised, broken} = played({pieces: 3})
  expect(broken).toBeUndefined()
  expect([...exercised]).toEqual([
    'accept-key',
    'response-101',
    'subprotocol-selection',
    'extension-offered-only',
    'chopped-request',
  ])
})

test.each([
  [{request: request(without('Host'))}, 'host upgraded'],
  [{request: request(without('Host')), response: refusal(500)}, 'host status'],
  [{request: request(without('Upgrade')), response: Buffer.alloc(0)}, 'plain-http silent'],
  [{request: request(without('Host')), response: Buffer.alloc(0)}, 'error-is-http silent'],
  [{knownPath: false}, 'unknown-path upgraded'],
  [{response: refusal(400), pieces: 2}, 'chopped-request refused'],
  [{response: refusal(400)}, 'response-101 refused'],
  [
    {request: swapped('Connection', 'Connection: a, upgrade'), response: refusal(400)},
    'token-lists refused',
  ],
  [
    {request: swapped('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 9'), response: refusal(400)},
    'version-negotiation version-list',
  ],
  [
    {
      request: swapped('Sec-WebSocket-Version', 'Sec-WebSocket-Version: 9'),
      response: refusal(426, 'Sec-WebSocket-Version: 13'),
    },
    'version-negotiation 426-without-upgrade',
  ],
  [
    {request: request(without('Host')), response: Buffer.from('HTTP/1.1 400 No\r\n\r\nabc')},
    'error-is-http incomplete',
  ],
  [
    {request: request(without('Host')), response: Buffer.from('\u0088\u0000')},
    'error-is-http not-http',
  ],
])('%j breaks %s', (part, found) => {
  const {broken, exercised} = played(part)
  expect(`${broken?.rule} ${broken?.kind}`).toBe(found)
  expect(exercised.has(broken?.rule ?? 'host')).toBe(true)
  expect(handshakeKinds[broken?.rule ?? 'host']).toContain(broken?.kind)
})

test('a malformed key is a SHOULD when upgraded and exercised when refused', () => {
  const odd = swapped('Sec-WebSocket-Key', 'Sec-WebSocket-Key: short')
  expect(
    played({
      request: odd,
      response: response([...accepted.slice(0, 3), `Sec-WebSocket-Accept: ${acceptKey('short')}`]),
    }).broken,
  ).toMatchObject({
    rule: 'key-malformed',
    level: 'SHOULD',
  })
  expect(played({request: odd, response: refusal(400)}).exercised).toContain('key-malformed')
})

test('a refusal with a determinable end is good in every form of RFC 9112', () => {
  const odd = request(without('Host'))
  const chunked =
    'HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nab\r\n0\r\nT: 1\r\n\r\n'
  const interim = 'HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\nab'
  const closing = 'HTTP/1.1 400 No\r\n\r\nuntil the end'
  for (const [text, end] of [
    [chunked, 'open'],
    [interim, 'open'],
    [closing, 'fin'],
  ] as const) {
    const seen = played({request: odd, response: Buffer.from(text), end})
    expect([seen.broken, seen.exercised.has('host')], text).toEqual([undefined, true])
  }
})

test('nothing is broken while an answer may still come', () => {
  const wire = refusal(400).toString('latin1')
  for (let length = 0; length < wire.length; length += 1) {
    const part = Buffer.from(wire.slice(0, length))
    const {broken, exercised} = played({
      request: request(without('Host')),
      response: part,
      watchedMs: 9,
    })
    expect([broken, exercised.size]).toEqual([undefined, 0])
  }
})

test('a request without its empty line exercises nothing', () => {
  expect(
    played({request: 'GET / HTTP/1.1\r\nHost: a\r\n', response: Buffer.alloc(0)}).exercised.size,
  ).toBe(0)
})
