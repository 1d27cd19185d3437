import * as fc from 'fast-check'
import {expect, test} from 'vitest'
import {sseReader, type SseFact, type SseReaderOptions} from './sse.ts'

interface Reading {
  facts: SseFact[]
  lastEventId: string
  retryMs: number | undefined
}

function read(chunks: readonly (string | Uint8Array)[], options?: SseReaderOptions): Reading {
  const reader = sseReader(options)
  const facts = chunks.flatMap((chunk) => reader.push(Buffer.from(chunk)))
  facts.push(...reader.end())
  return {facts, lastEventId: reader.lastEventId(), retryMs: reader.retryMs()}
}

/** The dispatched events as [type, data, lastEventId]. */
const events = (...chunks: string[]): string[][] =>
  read(chunks).facts.flatMap((fact) =>
    fact.kind === 'event' ? [[fact.type, fact.data, fact.lastEventId]] : [],
  )

test('the examples of HTML 9.2.6 read as the standard says', () => {
  expect(events('data: YHOO\ndata: +2\ndata: 10\n\n')).toEqual([['message', 'YHOO\n+2\n10', '']])
  expect(
    events(
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third\n\n',
    ),
  ).toEqual([
    ['message', 'first event', '1'],
    ['message', 'second event', ''],
    ['message', ' third', ''],
  ])
  expect(events('data\n\ndata\ndata\n\ndata:')).toEqual([
    ['message', '', ''],
    ['message', '\n', ''],
  ])
  expect(events('data:test\n\ndata: test\n\n')).toEqual([
    ['message', 'test', ''],
    ['message', 'test', ''],
  ])
})

test('LF, CR and CRLF end lines, also across chunks', () => {
  const same = [['x', 'a\nb', '1']]
  expect(events('event: x\nid: 1\ndata: a\ndata: b\n\n')).toEqual(same)
  expect(events('event: x\rid: 1\rdata: a\rdata: b\r\r')).toEqual(same)
  expect(events('event: x\r\nid: 1\r\ndata: a\r', '\ndata: b\r', '\n\r')).toEqual(same)
})

test('an event is dispatched at the CR of its blank line, before any LF', () => {
  const reader = sseReader()
  expect(reader.push(Buffer.from('data: a\r\n\r'))).toMatchObject([
    {kind: 'event', data: 'a', startByte: 0, endByte: 10},
  ])
  expect(reader.push(Buffer.from('\ndata: b\n\n'))).toMatchObject([
    {kind: 'event', data: 'b', startByte: 11, endByte: 20},
  ])
})

test('a field without event type uses message, an unknown field is ignored', () => {
  expect(events('event:\ndata: a\nEvent: b\n data: c\nfoo: d\n\n')).toEqual([['message', 'a', '']])
})

test('an event type without data does not leak into the next block', () => {
  expect(events('event: x\n\ndata: a\n\n')).toEqual([['message', 'a', '']])
})

test('a block without data sets the last event ID and dispatches nothing', () => {
  const {facts, lastEventId} = read(['id: 7\n\n'])
  expect(facts).toEqual([{kind: 'no-data', id: '7', lastEventId: '7', startByte: 0, endByte: 7}])
  expect(lastEventId).toBe('7')
})

test('an id with NUL is ignored, and the one before it stays', () => {
  expect(events('id: 1\nid: 2\0\ndata: a\n\n')).toEqual([['message', 'a', '1']])
})

test('an unfinished block is discarded with its id', () => {
  const {facts, lastEventId} = read(['id: 1\ndata: a\n\nid: 2\ndata: b\n'])
  expect(facts).toMatchObject([
    {kind: 'event', id: '1', endByte: 15},
    {kind: 'unfinished', id: '2', startByte: 15, endByte: 29},
  ])
  expect(lastEventId).toBe('1')
})

test('a last line without a line end is no line', () => {
  expect(read(['retry: 5']).retryMs).toBeUndefined()
  expect(read(['retry: 5\n']).retryMs).toBe(5)
})

test('retry takes ASCII digits only', () => {
  const last = (...lines: string[]): number | undefined => read([`${lines.join('\n')}\n`]).retryMs
  expect(last('retry: 0010')).toBe(10)
  expect(last('retry: 1', 'retry: 2s', 'retry:', 'retry: -3', 'retry: 1.5', 'retry:  4')).toBe(1)
  expect(last('retry: 1', 'retry: \u0663')).toBe(1)
})

test('one leading byte order mark is stripped, later ones are text', () => {
  expect(events('\uFEFFdata: a\n\n')).toEqual([['message', 'a', '']])
  expect(events('\uFEFF\uFEFFdata: a\n\n')).toEqual([])
  expect(events('data: \uFEFFa\n\n')).toEqual([['message', '\uFEFFa', '']])
})

test('ill-formed UTF-8 is replaced, as TextDecoder does', () => {
  const wire = Buffer.concat([Buffer.from('data: '), Buffer.from([0xe2, 0x82, 0x0a, 0x0a])])
  expect(read([wire]).facts).toMatchObject([{kind: 'event', data: '\uFFFD'}])
})

test('a comment is reported with its text and place', () => {
  expect(read(['data: a\n: hi\n\n']).facts).toMatchObject([
    {kind: 'comment', text: ' hi', startByte: 8, endByte: 13},
    {kind: 'event', startByte: 0, endByte: 14},
  ])
  expect(read([':\n\n']).facts).toEqual([{kind: 'comment', text: '', startByte: 0, endByte: 2}])
})

test('the id carries over a reconnect, unless the buffer starts empty as the letter says', () => {
  const wire = 'data: a\n\n'
  expect(read([wire], {lastEventId: '5'}).lastEventId).toBe('5')
  expect(read([wire], {lastEventId: '5', idBuffer: ''}).lastEventId).toBe('')
  expect(read([''], {lastEventId: '5', idBuffer: ''}).lastEventId).toBe('5')
})

test('a line or data above its limit ends the reading', () => {
  const limitBytes = 20
  expect(read([`: a\n${':'.repeat(21)}\n\n`], {limitBytes}).facts).toMatchObject([
    {kind: 'comment'},
    {kind: 'too-long', startByte: 4},
  ])
  const endless = 'data: 6789\n'.repeat(3)
  expect(read([endless], {limitBytes}).facts).toMatchObject([{kind: 'too-long', startByte: 0}])
  expect(read([`:${'x'.repeat(18)}\n`.repeat(9)], {limitBytes}).facts).toHaveLength(10)
})

const pieces = [
  ['\n', '\r', '\r\n', 'data', 'id', 'event', 'retry', ':', ': ', ' ', '\uFEFF', '\0'],
  ['a', '7', '\u2028', 'é', '😀', 'data: x\n', 'id: 9\r', 'data: y\n\n', '\n\n', '\r\r'],
].flat()
const texts = fc
  .array(fc.constantFrom(...pieces), {maxLength: 14, size: 'max'})
  .map((parts) => parts.join(''))

test('cutting the bytes anywhere changes nothing', () => {
  const points = fc.array(fc.nat(100), {maxLength: 6, size: 'max'})
  const limits = fc.constantFrom({limitBytes: 8}, {})
  fc.assert(
    fc.property(texts, points, limits, (text, at, options) => {
      const wire = Buffer.from(text)
      const whole = read([wire], options)
      const cuts = at.map((point) => point % (wire.length + 1)).sort((a, b) => a - b)
      const parts = [0, ...cuts].map((from, i) => wire.subarray(from, cuts[i] ?? wire.length))
      expect(read(parts, options)).toEqual(whole)
      const single = [...wire].map((byte) => Uint8Array.of(byte))
      expect(read(single, options)).toEqual(whole)
    }),
    {numRuns: 2_000},
  )
})

/** The twin: the whole text at once, split by a regular expression. */
function naive(text: string): {
  events: string[][]
  lastEventId: string
  retryMs: number | undefined
} {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .slice(0, -1)
  const events: string[][] = []
  const state = {data: '', type: '', idBuffer: '', lastEventId: '', retryMs: undefined as unknown}
  for (const line of lines) {
    const [, name = line, value = ''] = /^([^:]*):[ ]?([^]*)$/.exec(line) ?? []
    if (line === '') {
      state.lastEventId = state.idBuffer
      const {data, type} = state
      if (data) events.push([type || 'message', data.slice(0, -1), state.lastEventId])
      state.data = ''
      state.type = ''
    } else if (name === 'data') state.data += `${value}\n`
    else if (name === 'event') state.type = value
    else if (name === 'id') state.idBuffer = value.includes('\0') ? state.idBuffer : value
    else if (name === 'retry' && /^\d+$/.test(value)) state.retryMs = Number.parseInt(value, 10)
  }
  const {lastEventId} = state
  return {events, lastEventId, retryMs: state.retryMs as number | undefined}
}

test('a naive reading of the whole text agrees', () => {
  let dispatched = 0
  fc.assert(
    fc.property(texts, (text) => {
      const {lastEventId, retryMs} = read([text])
      const seen = events(text)
      dispatched += seen.length
      expect({events: seen, lastEventId, retryMs}).toEqual(naive(text))
    }),
    {numRuns: 3_000},
  )
  expect(dispatched).toBeGreaterThan(500)
})

test('any bytes decode as TextDecoder decodes the whole stream', () => {
  const bytes = fc.array(
    fc.constantFrom(0x0a, 0x61, 0x80, 0xc3, 0xe2, 0x82, 0xf0, 0xff, 0xef, 0xbb),
    {
      maxLength: 12,
      size: 'max',
    },
  )
  fc.assert(
    fc.property(bytes, (noise) => {
      const wire = Buffer.concat([Buffer.from('data: '), Buffer.from(noise), Buffer.from('\n\n')])
      const text = new TextDecoder('utf-8').decode(wire)
      const seen = read([wire]).facts.flatMap((fact) => (fact.kind === 'event' ? fact.data : []))
      expect(seen).toEqual(naive(text).events.map(([, data]) => data))
    }),
    {numRuns: 1_000},
  )
})

test('every fact lies where its bytes are', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const wire = Buffer.from(text)
      for (const fact of read([wire]).facts) {
        if (fact.kind !== 'event' || fact.startByte === 0) continue
        const alone = read(['\n', wire.subarray(fact.startByte, fact.endByte)]).facts
        const {type, data, id} = fact
        expect(alone.at(-1)).toMatchObject({kind: 'event', type, data, id})
        expect(wire[fact.startByte - 1] === 0x0a || wire[fact.startByte - 1] === 0x0d).toBe(true)
      }
    }),
    {numRuns: 1_000},
  )
})
