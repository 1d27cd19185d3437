import {afterEach, expect, test} from 'vitest'
import type {Socket} from 'node:net'
import type {PollStep} from '../script/poll.ts'
import type {Driver} from './driver.ts'
import {drain} from './drain.ts'
import {openPoll} from './poll.ts'
import {
  Endings,
  rawServer,
  response,
  stageOf,
  targetWith,
  type Answering,
  type Stage,
} from './stage.test.support.ts'

const endings = new Endings()

afterEach(() => endings.end())

type Polling = Stage & {
  readonly driver: Driver
  readonly heads: string[]
  perform(step: Omit<Extract<PollStep, {do: 'poll'}>, 'do' | 'client'>): Promise<void>
  step(step: PollStep): Promise<void>
}

async function polling(
  answering: Answering,
  changes: Parameters<typeof targetWith>[0] = {},
  open: {via?: 'poll' | 'longpoll'; over?: 'raw' | 'undici'} = {},
): Promise<Polling> {
  const heads: string[] = []
  const origin = await rawServer(endings, (request, socket) => {
    heads.push(request.head)
    answering(request, socket)
  })
  const stage = stageOf(endings, origin, targetWith(changes))
  const driver = openPoll(stage.play, 'a')
  endings.add(() => driver.end())
  await driver.perform({do: 'open', client: 'a', via: 'poll', ...open}, stage.log)
  const step = (step: PollStep): Promise<void> => driver.perform(step, stage.log)
  return {
    ...stage,
    driver,
    heads,
    step,
    perform: (poll) => step({do: 'poll', client: 'a', ...poll}),
  }
}

/** A channel of events `1` to n with marks, read by `since` and `limit` as the reference does. */
function channel(events: string[]): Answering {
  return ({head}, socket) => {
    const query = new URL(head.split(' ')[1] ?? '', 'http://h').searchParams
    const since = Number(query.get('since') ?? 0)
    if (!/^\d*$/.test(query.get('since') ?? '') || since > events.length) {
      socket.write(response(400, '{}'))
      return
    }
    const some = events.slice(since, since + Number(query.get('limit') ?? 100))
    const cursor = String(since + some.length)
    const body = {
      events: some.map((data, index) => ({id: String(since + index + 1), data})),
      cursor,
      more: since + some.length < events.length,
    }
    const tag = `"${since}-${cursor}"`
    const same = head.includes(`if-none-match: ${tag}`)
    socket.write(same ? response(304, '') : response(200, JSON.stringify(body), `ETag: ${tag}\r\n`))
  }
}

test.each(['raw', 'undici'] as const)(
  'a chain goes from cursor to cursor, over %s',
  async (over) => {
    const it = await polling(channel(['~n.p1~', 'x ~n.p2~', 'foreign ~m.p3~']), {}, {over})
    await it.perform({as: 'q', limit: 2})
    await it.perform({})
    await it.perform({cursor: 'same'})
    await it.perform({cursor: {of: 'q'}})
    await it.perform({cursor: 'start', limit: 1})
    expect(it.heads.map((head) => head.split(' ')[1])).toEqual([
      '/c-main?limit=2',
      '/c-main?since=2',
      '/c-main?since=2',
      '/c-main?since=2',
      '/c-main?limit=1',
    ])
    expect(
      it.facts('request').map(({name, from, cursor, limit}) => [name, from, cursor, limit]),
    ).toEqual([
      ['q', 'start', undefined, 2],
      ['a.2', 'last', '2', undefined],
      ['a.3', 'same', '2', undefined],
      ['a.4', 'named', '2', undefined],
      ['a.5', 'start', undefined, 1],
    ])
    expect(it.facts('answer')[0]).toEqual({
      kind: 'answer',
      client: 'a',
      conn: 'a.1',
      request: 'q',
      ending: 'complete',
      class: 'events',
      count: 2,
      status: 200,
      cursor: '2',
      etag: '"0-2"',
      more: true,
    })
    expect(it.facts('event').slice(0, 3)).toEqual([
      {
        kind: 'event',
        client: 'a',
        conn: 'a.1',
        via: 'poll',
        channel: 'c-main',
        request: 'q',
        mark: '~n.p1~',
        id: '1',
        data: '~n.p1~',
      },
      {
        kind: 'event',
        client: 'a',
        conn: 'a.1',
        via: 'poll',
        channel: 'c-main',
        request: 'q',
        mark: '~n.p2~',
        id: '2',
        data: 'x ~n.p2~',
      },
      {
        kind: 'event',
        client: 'a',
        conn: 'a.2',
        via: 'poll',
        channel: 'c-main',
        request: 'a.2',
        id: '3',
        data: 'foreign ~m.p3~',
      },
    ])
  },
)

test.each(['raw', 'undici'] as const)(
  'the facts of one poll come in order, over %s',
  async (over) => {
    const it = await polling(channel(['~n.p1~']), {}, {over})
    await it.perform({})
    const kinds = it.recorder.trace.map((fact) => fact.kind)
    expect(kinds.filter((kind) => kind !== 'fin')).toEqual([
      'connect',
      'request',
      'out',
      'sent',
      'in',
      'response',
      'event',
      'answer',
    ])
  },
)

test('the request on the wire is what HTTP/1.1 asks for', async () => {
  const it = await polling(channel([]))
  await it.perform({})
  const [out] = it.facts('out')
  expect(out?.bytes).toMatch(/^GET \/c-main HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n\r\n$/)
})

test('a condition bears the tag of the answer to the same request only', async () => {
  const it = await polling(channel(['~n.p1~']))
  await it.perform({conditional: true})
  await it.perform({cursor: 'same', conditional: true})
  await it.perform({conditional: true})
  await it.perform({cursor: 'same', conditional: true})
  expect(it.facts('request').map(({conditional}) => conditional)).toEqual([
    undefined,
    true,
    undefined,
    true,
  ])
  expect(it.facts('answer').map((fact) => fact.class)).toEqual([
    'events',
    'unchanged',
    'empty',
    'unchanged',
  ])
  expect(it.facts('answer')[1]).not.toHaveProperty('cursor')
  expect(it.heads[2]).toContain('since=1')
})

test('references that do not resolve do nothing', async () => {
  const it = await polling(channel([]), {
    poll: {
      cursor: {
        send: [],
        receive: [],
        start: 'now',
        onGarbage: 'start',
        inclusive: false,
        kind: 'queue',
        opaque: false,
      },
    },
  })
  await it.perform({cursor: 'same'})
  await it.perform({cursor: 'start'})
  await it.perform({cursor: {of: 'nobody'}})
  await it.perform({cursor: {forged: 'trailing'}})
  await it.step({do: 'release', client: 'a'})
  await it.step({do: 'leave', client: 'a', how: 'rst'})
  expect(it.recorder.trace).toEqual([])
})

test('a forged cursor is refused, and changes neither `last` nor `same`', async () => {
  const it = await polling(channel(['~n.p1~']))
  await it.perform({})
  await it.perform({cursor: {forged: 'repeated'}})
  await it.perform({cursor: {forged: 'ill-formed-utf8'}})
  await it.perform({cursor: 'same'})
  await it.perform({})
  expect(it.heads.map((head) => head.split(' ')[1])).toEqual([
    '/c-main',
    '/c-main?since=1&since=10',
    '/c-main?since=1%C3%28',
    '/c-main',
    '/c-main?since=1',
  ])
  expect(it.facts('request').map(({from}) => from)).toEqual([
    'start',
    'forged',
    'forged',
    'same',
    'last',
  ])
  expect(it.facts('answer')[2]).toMatchObject({class: 'refused', status: 400, count: 0})
})

test('an event is a position where ids are cursors', async () => {
  const it = await polling(channel(['~n.p1~', '~n.p2~']))
  it.log.write({
    kind: 'publishing',
    as: 'p1',
    mark: '~n.p1~',
    by: 'w',
    channel: 'c-main',
    payload: '',
  })
  await it.perform({cursor: {of: 'p1'}})
  await it.perform({})
  await it.perform({cursor: {of: 'p1'}})
  expect(it.heads.map((head) => head.split(' ')[1])).toEqual(['/c-main', '/c-main?since=1'])
})

const whole = '{"events":[{"id":"1","data":"~n.p1~"}],"cursor":"1"}'

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
    const it = await polling((_, socket) => socket.write(head + whole), {}, {over})
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
  const it = await polling((_, socket) =>
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
  const it = await polling((_request, socket) => socket.write(bytes), {}, {over})
  await it.perform({})
  expect(it.facts('answer')).toMatchObject([{ending, class: 'none'}])
})

test.each(['raw', 'undici'] as const)(
  'a reset and an early end are cuts by the server, over %s',
  async (over) => {
    const ends = [
      (socket: Socket) => socket.resetAndDestroy(),
      (socket: Socket) => socket.end('HTTP/1.1 200'),
    ]
    const it = await polling((_, socket) => ends.shift()?.(socket), {}, {over})
    await it.perform({})
    await it.perform({})
    expect(it.facts('answer').map((fact) => fact.ending)).toEqual(['cut', 'cut'])
  },
)

test('a server that drips is read to the end, one that never stops is cut off', async () => {
  const text = response(200, whole)
  const it = await polling(
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
  expect(endless.facts('gaveUp')).toMatchObject([{what: 'an answer above 8 MiB'}])
})

test('statuses mean what the description says', async () => {
  const answers = [
    response(204, ''),
    response(404, ''),
    response(500, ''),
    response(200, '[]'),
    response(200, '{"events":[]}'),
  ]
  const it = await polling((_, socket) => socket.write(answers.shift() ?? ''))
  for (let index = 0; index < 5; index += 1) await it.perform({})
  expect(it.facts('answer').map((fact) => fact.class)).toEqual([
    'empty',
    'refused',
    'undeclared',
    'undeclared',
    'empty',
  ])
})

test('an answer may be one event, with its cursor in two fields', async () => {
  const fields = 'Last-Modified: now\r\nEtag: 3\r\n'
  const it = await polling((_, socket) => socket.write(response(200, 'hi ~n.p1~', fields)), {
    poll: {
      events: {shape: 'single', pointer: '', payload: ''},
      cursor: {
        send: [{header: 'If-Modified-Since'}, {header: 'If-None-Match'}],
        receive: [{header: 'Last-Modified'}, {header: 'Etag'}],
        start: 'oldest',
        onGarbage: 'start',
        inclusive: false,
        kind: 'replay',
        opaque: true,
      },
    },
  })
  await it.perform({})
  await it.perform({conditional: true})
  await it.perform({cursor: {forged: 'trailing'}})
  expect(it.facts('event')[0]).toMatchObject({mark: '~n.p1~', data: 'hi ~n.p1~'})
  expect(it.facts('event')[0]).not.toHaveProperty('id')
  expect(it.facts('request')[1]).toMatchObject({cursor: '["now","3"]', from: 'last'})
  expect(it.heads[1]).toContain('if-modified-since: now\r\nif-none-match: 3')
  expect(it.heads[2]).toContain('if-modified-since: nowx\r\nif-none-match: 3')
})

test('the last byte is kept back until it is released', async () => {
  const it = await polling(channel([]), {}, {via: 'longpoll'})
  const held = it.perform({as: 'q', holdBack: true, wait: 0.5})
  await expect.poll(() => it.facts('out')).toHaveLength(1)
  expect(it.heads).toEqual([])
  expect(it.facts('sent')).toEqual([])
  await it.step({do: 'release', client: 'a'})
  await held
  expect(
    it
      .facts('out')
      .map(({bytes}) => bytes.length)
      .at(-1),
  ).toBe(1)
  expect(it.facts('request')).toMatchObject([{name: 'q', waitMs: 50, via: 'longpoll'}])
  expect(it.facts('sent')).toEqual([{kind: 'sent', client: 'a', request: 'q'}])
  expect(it.facts('answer')).toMatchObject([{ending: 'complete'}])
})

test('a release waits for the poll that it is about, and without one a held poll goes on by itself', async () => {
  const it = await polling(channel([]), {limits: {deliverMs: 60, headMs: 60, handshakeMs: 60}})
  const first = it.perform({})
  const held = it.perform({holdBack: true})
  await it.step({do: 'release', client: 'a'})
  await Promise.all([first, held])
  await it.perform({holdBack: true})
  expect(it.facts('answer').map((fact) => fact.ending)).toEqual([
    'complete',
    'complete',
    'complete',
  ])
})

test.each([
  ['rst', 'cut'],
  ['fin', 'cut'],
  ['stall', 'cut'],
  ['half', 'timeout'],
] as const)('leaving a held poll by %s ends it as %s', async (how, ending) => {
  const it = await polling(() => {}, {}, {via: 'longpoll'})
  const held = it.perform({wait: 1})
  await expect.poll(() => it.facts('sent')).toHaveLength(1)
  await it.step({do: 'leave', client: 'a', how})
  await held
  expect(it.facts('answer')).toMatchObject([{ending}])
})

test('a wait is sent in whole units, and never more than the longest', async () => {
  const {wait} = targetWith({}).longpoll!
  const it = await polling(
    (_, socket) => socket.write(response(204, '')),
    {longpoll: {wait: {...wait, unit: 's', maxMs: 2500, defaultMs: 2500}}},
    {via: 'longpoll'},
  )
  for (const fraction of [0, 0.3, 1]) await it.perform({wait: fraction})
  await it.perform({})
  expect(it.heads.map((head) => /wait=(\d+)/.exec(head)?.[1])).toEqual(['0', '1', '2', undefined])
  expect(it.facts('request').map(({waitMs}) => waitMs)).toEqual([0, 1000, 2000, undefined])
})

test('a short poll settles when it was empty twice', async () => {
  const it = await polling(channel(['~n.p1~', '~n.p2~', '~n.p3~']))
  await it.driver.settle(it.log)
  expect(it.facts('answer').map(({count}) => count)).toEqual([3, 0, 0])
  expect(it.facts('settled')).toHaveLength(1)
})

test('a long poll settles when it was held and stayed empty', async () => {
  const it = await polling(
    ({head}, socket) => setTimeout(() => channel(['~n.p1~'])({head, body: ''}, socket), 1),
    {},
    {via: 'longpoll'},
  )
  await it.driver.settle(it.log)
  expect(it.facts('answer').map(({count}) => count)).toEqual([1, 0])
  expect(it.facts('request')[1]).toMatchObject({waitMs: 20})
  expect(it.facts('settled')).toHaveLength(1)
})

test('a settle waits until a publish must be visible', async () => {
  const it = await polling(channel([]), {poll: {visibilityMs: 30}})
  it.log.write({
    kind: 'publishing',
    as: 'p',
    mark: '~n.p~',
    by: 'w',
    channel: 'c-main',
    payload: '',
  })
  const settling = it.driver.settle(it.log)
  it.log.write({kind: 'published', as: 'p', mark: '~n.p~', outcome: 'acked'})
  await settling
  const asked = it.recorder.trace.find((fact) => fact.kind === 'request')!.at
  const acked = it.recorder.trace.find((fact) => fact.kind === 'published')!.at
  expect(asked - acked).toBeGreaterThanOrEqual(30)
})

test('what fails does not settle', async () => {
  const it = await polling((_, socket) => socket.write(response(500, '')))
  await it.driver.settle(it.log)
  const endless = await polling((_, socket) => socket.write(response(200, whole)))
  await endless.driver.settle(endless.log)
  expect([...it.facts('settled'), ...endless.facts('settled')]).toEqual([])
})

test('a drain reads everything twice', async () => {
  const it = await polling(channel(['~n.p1~', '~n.p2~', 'noise']))
  await drain(it.play, {do: 'drain', client: 'd', via: 'poll'}, it.log)
  expect(it.facts('drained')).toEqual([
    {kind: 'drained', client: 'd', channel: 'c-main', marks: ['~n.p1~', '~n.p2~']},
  ])
  expect(it.facts('request').map(({client, from}) => `${client} ${from}`)).toEqual([
    'd start',
    'd last',
    'd last',
    'd start',
    'd last',
    'd last',
  ])
})

test('two drains that differ are both told, and one that fails is not', async () => {
  let requests = 0
  const it = await polling((request, socket) => {
    requests += 1
    channel(requests > 3 ? ['~n.p1~', '~n.p2~'] : ['~n.p1~'])(request, socket)
  })
  await drain(it.play, {do: 'drain', client: 'd', via: 'poll'}, it.log)
  expect(it.facts('drained').map(({marks}) => marks)).toEqual([['~n.p1~'], ['~n.p1~', '~n.p2~']])
  const dead = await polling((_, socket) => socket.destroy())
  await drain(dead.play, {do: 'drain', client: 'd', via: 'poll'}, dead.log)
  expect(dead.facts('drained')).toEqual([])
})

test('the end of the case ends every poll at once', async () => {
  const it = await polling(() => {}, {limits: {answerMs: 60_000}})
  const held = it.perform({})
  await expect.poll(() => it.facts('sent')).toHaveLength(1)
  it.over()
  await held
  await it.driver.end()
  expect(it.facts('answer')).toHaveLength(1)
})
