import type {Socket} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {response, Endings} from '../stage.test.support.ts'
import {polling, whole} from './polling.test.support.ts'

const endings = new Endings()

afterEach(() => endings.end())

test.each([
  ['raw', 'response', 12, 'rst'],
  ['raw', 'body', 20, 'rst'],
  ['raw', 'body', 0, 'fin'],
  ['raw', 'body', 5, 'stall'],
  ['raw', 'body', 5, 'half'],
  ['undici', 'response', 12, 'rst'],
  ['undici', 'body', 20, 'fin'],
  ['undici', 'body', 5, 'stall'],
] as const)(
  'over %s a cut of the %s at %i by %s keeps exactly the bytes before it',
  async (over, of, bytes, how) => {
    const head = `HTTP/1.1 200 X\r\nContent-Length: ${whole.length}\r\n\r\n`
    const it = await polling(endings, (_, socket) => socket.write(head + whole), {}, {over})
    await it.perform({cut: {bytes, of, how}})
    const read = it
      .facts('in')
      .map((fact) => fact.bytes)
      .join('')
    expect(read).toBe((head + whole).slice(0, of === 'body' ? head.length + bytes : bytes))
    expect(it.facts('answer')).toMatchObject([{ending: 'cut', class: 'none', count: 0}])
    expect(it.facts('event')).toEqual([])
    await it.perform({})
    expect(it.facts('request')[1]).toMatchObject({from: 'start'})
  },
)

test('a body in chunks is cut by what it decodes to', async () => {
  const head = 'HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n'
  const it = await polling(endings, (_, socket) =>
    socket.write(`${head}4\r\nabcd\r\n4\r\nefgh\r\n0\r\n\r\n`),
  )
  await it.perform({cut: {bytes: 6, of: 'body', how: 'rst'}})
  expect(
    it
      .facts('in')
      .map((fact) => fact.bytes)
      .join(''),
  ).toBe(`${head}4\r\nabcd\r\n4\r\nef`)
})

test.each([
  ['raw', 'garbage', 'SSH-2.0-OpenSSH\r\n', 'malformed'],
  ['undici', 'garbage', 'SSH-2.0-OpenSSH\r\n', 'malformed'],
  ['raw', 'silence', '', 'timeout'],
  ['undici', 'silence', '', 'timeout'],
  ['raw', 'half an answer', 'HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\nab', 'timeout'],
] as const)('over %s, %s has its ending', async (over, _, bytes, ending) => {
  const it = await polling(endings, (_request, socket) => socket.write(bytes), {}, {over})
  await it.perform({})
  expect(it.facts('answer')).toMatchObject([{ending, class: 'none'}])
})

test.each(['raw', 'undici'] as const)(
  'a body in chunks is decoded where a tab stands behind its coding, over %s',
  async (over) => {
    const chunk = `${whole.length.toString(16)}\r\n${whole}\r\n0\r\n\r\n`
    const bytes = `HTTP/1.1 200 X\r\nTransfer-Encoding:\tchunked\t\r\n\r\n${chunk}`
    const it = await polling(endings, (_, socket) => socket.write(bytes), {}, {over})
    await it.perform({})
    expect(it.facts('answer')).toMatchObject([{ending: 'complete', class: 'events', count: 1}])
    expect(
      it
        .facts('in')
        .map((fact) => fact.bytes)
        .join(''),
    ).toBe(bytes)
  },
)

test.each(['raw', 'undici'] as const)(
  'a reset and an early end are cuts by the server, over %s',
  async (over) => {
    const ends = [
      (socket: Socket) => socket.resetAndDestroy(),
      (socket: Socket) => socket.end('HTTP/1.1 200'),
    ]
    const it = await polling(endings, (_, socket) => ends.shift()?.(socket), {}, {over})
    await it.perform({})
    await it.perform({})
    expect(it.facts('answer').map((fact) => fact.ending)).toEqual(['cut', 'cut'])
  },
)

test('a server that drips is read to the end, one that never stops is cut off', async () => {
  const text = response(200, whole)
  const it = await polling(
    endings,
    (_, socket) => {
      let at = 0
      const drip = setInterval(() => {
        socket.write(text[at++] ?? '')
        if (at === text.length) clearInterval(drip)
      }, 0)
      endings.add(() => clearInterval(drip))
    },
    {limits: {answerMs: 5000}},
  )
  await it.perform({})
  expect(it.facts('answer')).toMatchObject([{ending: 'complete', class: 'events', count: 1}])
  const megabyte = `100000\r\n${'x'.repeat(0x100000)}\r\n`
  const endless = await polling(
    endings,
    (_, socket) => {
      const more = (): void => {
        if (!socket.destroyed) socket.write(megabyte, () => setImmediate(more))
      }
      socket.write('HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n', more)
    },
    {limits: {answerMs: 20_000}},
  )
  await endless.perform({})
  expect(endless.facts('answer')).toMatchObject([{ending: 'cut', class: 'none'}])
  expect(endless.facts('gaveUp')).toMatchObject([{what: 'an answer above 4 MiB'}])
})

test('statuses mean what the description says', async () => {
  const answers = [
    response(204, ''),
    response(404, ''),
    response(500, ''),
    response(200, '[]'),
    response(200, '{"events":[]}'),
  ]
  const it = await polling(endings, (_, socket) => socket.write(answers.shift() ?? ''))
  for (let index = 0; index < 5; index += 1) await it.perform({})
  expect(it.facts('answer').map((fact) => fact.class)).toEqual([
    'empty',
    'refused',
    'undeclared',
    'undeclared',
    'empty',
  ])
})

test('null and an absent list are no events where nothing else can be the list', async () => {
  const bodies = [
    '{"events":null}',
    '{"events":null,"cursor":"7"}',
    '{"cursor":"7","more":false}',
    '{"cursor":"7","items":[1]}',
    '{"more":false}',
    '{"events":{},"cursor":"7"}',
    '[{"data":"~n.p1~"}]',
    '',
  ]
  const answers = bodies.map((body) => response(200, body))
  const it = await polling(endings, (_, socket) => socket.write(answers.shift() ?? ''))
  for (const _ of bodies) await it.perform({})
  expect(it.facts('answer').map((fact) => [fact.class, fact.cursor, fact.begins])).toEqual([
    ['empty', undefined, undefined],
    ['empty', '7', undefined],
    ['empty', '7', undefined],
    ['undeclared', undefined, bodies[3]],
    ['undeclared', undefined, bodies[4]],
    ['undeclared', undefined, bodies[5]],
    ['undeclared', undefined, '[{"data":"…'],
    ['undeclared', undefined, ''],
  ])
})

test('an empty body with its cursor in a field has no events', async () => {
  const cursor = {
    send: [{query: 'since'}],
    receive: [{header: 'Next'}],
    start: 'oldest' as const,
    onGarbage: 'start' as const,
    inclusive: false,
    kind: 'replay' as const,
    opaque: false,
  }
  const it = await polling(endings, (_, socket) => socket.write(response(200, '', 'Next: 7\r\n')), {
    poll: {cursor},
  })
  await it.perform({})
  expect(it.facts('answer')).toMatchObject([{class: 'empty', cursor: '7'}])
})
