import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {
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

/** Splits at the given fractions, single bytes when there are none to speak of. */
function cut(whole: Buffer, at: readonly number[]): Buffer[] {
  const points = [...new Set(at.map((point) => point % (whole.length + 1)))].sort((a, b) => a - b)
  return [0, ...points].map((from, i) => whole.subarray(from, points[i] ?? whole.length))
}

const oneByteEach = (whole: Buffer): Buffer[] => [...whole].map((byte) => Buffer.from([byte]))

const chunkedHead = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'

const pieces = fc.array(
  fc.constantFrom(
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 \r\n',
    'HTTP/1.1 304\r\n',
    'GET / HTTP/1.1\r\n',
    'POST /x HTTP/1.0\r\n',
    'content-length: 3\r\n',
    'content-length: 0, 0\r\n',
    'transfer-encoding: chunked\r\n',
    'transfer-encoding: gzip\r\n',
    'a: b\n',
    ' c\r\n',
    '\r\n',
    '\n',
    '\r',
    '3\r\nabc\r\n',
    '2;x=y\r\n',
    '0\r\n\r\n',
    '0\r\n',
    'x: y\r\n',
    'abc',
  ),
  {maxLength: 9, size: 'max'},
)
const started = fc.tuple(fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', chunkedHead), pieces)
const wires = started.map(([start, rest]) => start + rest.join(''))

test('cutting the bytes anywhere changes nothing', () => {
  const readers = [(): HttpReader<Fact> => responseReader('GET', {limits: {headBytes: 60}})]
  readers.push(
    () => responseReader('HEAD'),
    () => requestReader({limits: {chunkLineBytes: 5}}),
  )
  fc.assert(
    fc.property(
      wires,
      fc.array(fc.nat(200), {maxLength: 6, size: 'max'}),
      fc.constantFrom(...readers),
      fc.boolean(),
      (wire, at, reader, close) => {
        const whole = read(reader(), [bytes(wire)], close)
        expect(read(reader(), cut(bytes(wire), at), close)).toEqual(whole)
        expect(read(reader(), oneByteEach(bytes(wire)), close)).toEqual(whole)
      },
    ),
    {numRuns: 1_000},
  )
})

test('no bytes at all make a reader throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 60, size: 'max'}), (noise) => {
      const facts = responseReader('GET').push(noise)
      expect(facts.every((fact) => fact.kind === 'malformed')).toBe(true)
    }),
  )
})

/** The twin: a naive decoder of a whole response, by regular expressions over the full text. */
function naive(method: string, text: string): {status: number; body: string; rest: string} | 'no' {
  const parts =
    /^HTTP\/1\.\d (\d{3})(?: [^\r\n\0]*)?\r?\n((?:[\w-]+:[^\r\n\0]*\r?\n(?:[ \t][^\r\n\0]*\r?\n)*)*)\r?\n([^]*)$/.exec(
      text,
    )
  if (!parts) return 'no'
  const [, code, fields = '', after = ''] = parts
  const status = Number(code)
  if (status < 200) return naive(method, after)
  if (method === 'HEAD' || status === 204 || status === 304) return {status, body: '', rest: after}
  const unfolded = fields.replaceAll(/\r?\n[ \t]+/g, ' ')
  const values = (name: string): string[] =>
    [...unfolded.matchAll(new RegExp(`^${name}:(.*?)\\r?$`, 'gim'))]
      .flatMap((match) => (match[1] ?? '').split(','))
      .map((value) => value.trim())
  const codings = values('transfer-encoding')
  const lengths = values('content-length')
  if (codings.length > 0) {
    if (text.startsWith('HTTP/1.0')) return 'no'
    if (codings.filter((coding) => coding === 'chunked').length > 1) return 'no'
    if (codings.at(-1) !== 'chunked') return {status, body: after, rest: ''}
    return naiveChunks(status, after)
  }
  if (lengths.length === 0) return {status, body: after, rest: ''}
  const length = Number(lengths[0])
  if (lengths.some((other) => other !== lengths[0] || !/^\d+$/.test(other))) return 'no'
  if (after.length < length) return 'no'
  return {status, body: after.slice(0, length), rest: after.slice(length)}
}

function naiveChunks(status: number, text: string): ReturnType<typeof naive> {
  const size = /^([\da-f]+)[ \t]*(?:;[^\r\n\0]*)?\r\n/i.exec(text)
  if (!size) return 'no'
  const length = Number.parseInt(size[1] ?? '', 16)
  const after = text.slice(size[0].length)
  if (length === 0) {
    const trailers = /^(?:[\w-]+:[^\r\n\0]*\r\n)*\r\n/.exec(after)
    return trailers ? {status, body: '', rest: after.slice(trailers[0].length)} : 'no'
  }
  if (after.slice(length, length + 2) !== '\r\n') return 'no'
  const more = naiveChunks(status, after.slice(length + 2))
  return more === 'no' ? 'no' : {...more, body: after.slice(0, length) + more.body}
}

test('a naive decoder of the whole text agrees', () => {
  const seen = {read: 0, refused: 0}
  fc.assert(
    fc.property(wires, fc.constantFrom('GET', 'HEAD'), (wire, method) => {
      const expected = naive(method, wire)
      const reader = responseReader(method)
      const facts = [...reader.push(bytes(wire)), ...reader.end()]
      const last = facts.at(-1)
      if (expected === 'no') {
        seen.refused += 1
        expect(last?.kind).toMatch(/^(?:cut|malformed)$/)
        return
      }
      seen.read += 1
      expect(last?.kind).toBe('complete')
      const body = Buffer.concat(facts.flatMap((fact) => (fact.kind === 'data' ? fact.bytes : [])))
      const final = facts.flatMap((fact) => (fact.kind === 'head' ? fact.head.status : []))
      const rest = reader.rest().toString('latin1')
      expect({status: final[0], body: body.toString('latin1'), rest}).toEqual(expected)
    }),
    {numRuns: 3_000},
  )
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(200)
})
