import {afterEach, expect, test} from 'vitest'
import {response, Endings} from './stage.test.support.ts'
import {head, listening, overs, publishing} from './sse/listening.test.support.ts'

const endings = new Endings()

afterEach(() => endings.end())

test.each(overs)('events become facts, over %s', async (over) => {
  const it = await listening(endings, (_, socket) =>
    socket.write(
      `${head}: hi\nid: 1\nevent: x\ndata: a\ndata: ~n.p1~\n\nevent: control\ndata: c\n\ndata: é\n\n`,
      'utf8',
    ),
  )
  await it.open({over, as: 's'})
  await expect.poll(() => it.facts('event')).toHaveLength(2)
  const fact = {
    kind: 'event',
    client: 'a',
    conn: 'a.1',
    via: 'sse',
    channel: 'c-main',
    request: 's',
  }
  expect(it.facts('event')).toEqual([
    {...fact, id: '1', mark: '~n.p1~', type: 'x', data: 'a\n~n.p1~'},
    {...fact, cursor: '1', type: 'message', data: 'é'},
  ])
  const kinds = it.recorder.trace.map(({kind}) => kind).filter((kind) => kind !== 'in')
  expect(kinds).toEqual([
    'connect',
    'request',
    'out',
    'sent',
    'response',
    'opened',
    'event',
    'event',
  ])
  expect(it.facts('opened')).toEqual([
    {kind: 'opened', client: 'a', conn: 'a.1', via: 'sse', request: 's', from: 'live'},
  ])
  expect(it.facts('response')[0]).toMatchObject({status: 200, request: 's'})
})

test.each(overs)('an event whose last byte is CR is given at once, over %s', async (over) => {
  const it = await listening(endings, (_, socket) => socket.write(`${head}id: 1\rdata: a\r\r`))
  await it.open({over})
  await expect.poll(() => it.facts('event')).toMatchObject([{id: '1', data: 'a'}])
})

test.each(overs)(
  'chunks are read where a tab stands behind their coding, over %s',
  async (over) => {
    const coded = head.replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\t\r\n\r\n')
    const it = await listening(endings, (_, socket) => socket.write(`${coded}9\r\ndata: a\n\n\r\n`))
    await it.open({over})
    await expect.poll(() => it.facts('event')).toMatchObject([{data: 'a'}])
  },
)

test.each(overs)('a client that comes back sends its last event id, over %s', async (over) => {
  const bodies = ['id: é7\ndata: 1\n\nid: never\ndata: half', 'data: 2\n\n', 'id\ndata: 3\n\n', '']
  const it = await listening(endings, (_, socket) =>
    socket.write(head + (bodies.shift() ?? ''), 'utf8'),
  )
  await it.open({over})
  for (const count of [1, 2, 3]) {
    await expect.poll(() => it.facts('event')).toHaveLength(count)
    await it.leave('rst')
    await it.open({over, cursor: 'last'})
  }
  expect(it.heads.map((text) => /last-event-id: ?(.*)/i.exec(text)?.[1])).toEqual([
    undefined,
    '\xc3\xa97',
    '\xc3\xa97',
    undefined,
  ])
  expect(it.facts('request').map(({from, cursor}) => [from, cursor])).toEqual([
    ['live', undefined],
    ['last', 'é7'],
    ['last', 'é7'],
    ['last', undefined],
  ])
  const closed = it.facts('closed')
  expect(closed).toHaveLength(3)
  expect(closed[0]).toEqual({
    kind: 'closed',
    client: 'a',
    conn: 'a.1',
    by: 'client',
    partial: true,
  })
})

test.each(overs)(
  'the server ending the stream is no reason to come back, over %s',
  async (over) => {
    const it = await listening(endings, (_, socket) => socket.end(`${head}data: 1\n\n`))
    await it.open({over})
    await expect.poll(() => it.facts('closed')).toHaveLength(1)
    expect(it.facts('closed')).toMatchObject([{by: 'server'}])
    expect(it.facts('event')).toHaveLength(1)
    expect(it.heads).toHaveLength(1)
  },
)

test.each(
  overs.flatMap((over) => [
    [over, 'a status', response(404, 'no', 'Content-Type: text/event-stream\r\n')] as const,
    [over, 'a type', response(200, 'data: 1\n\n', 'Content-Type: text/plain\r\n')] as const,
  ]),
)('over %s, %s that is no stream opens none', async (over, _, bytes) => {
  const it = await listening(endings, (_request, socket) => socket.write(bytes))
  await it.open({over})
  expect(it.facts('response')).toHaveLength(1)
  await expect.poll(() => it.facts('closed')).toHaveLength(1)
  expect(it.facts('opened', 'event')).toEqual([])
})

test.each(overs)('silence and garbage end in bounded time, over %s', async (over) => {
  const answers = ['', 'SSH-2.0-x\r\n\r\n']
  const it = await listening(endings, (_, socket) => socket.write(answers.shift() ?? ''))
  await it.open({over})
  expect(it.facts('gaveUp')).toMatchObject([{what: 'the head of a stream'}])
  expect(it.facts('closed')).toMatchObject([{by: 'client'}])
  await it.open({over})
  expect(it.facts('closed')).toMatchObject([{by: 'client'}, {by: 'server'}])
  expect(it.facts('opened')).toEqual([])
})

test.each(overs)('a cut counts whole events and then bytes, over %s', async (over) => {
  const body = 'id: 1\ndata: ~n.p1~\n\nid: 2\ndata: é\n\nid: 3\ndata: z\n\n'
  const it = await listening(endings, (_, socket) => socket.write(head + body, 'utf8'))
  await it.open({over, cut: {events: 1, bytes: 13, of: 'body', how: 'rst'}})
  await expect.poll(() => it.facts('closed')).toHaveLength(1)
  const read = it
    .facts('in')
    .map(({bytes}) => bytes)
    .join('')
  expect(read).toBe(`${head}id: 1\ndata: ~n.p1~\n\nid: 2\ndata: \xc3`)
  expect(it.facts('event')).toHaveLength(1)
  expect(it.facts('closed')).toMatchObject([{by: 'client'}])
  await it.open({over, cursor: 'last'})
  expect(it.heads[1]).toMatch(/last-event-id: 1/i)
})

test('references that do not resolve do nothing, a named event does when its id is known', async () => {
  const it = await listening(endings, (_, socket) => socket.write(`${head}id: 5\ndata: ~n.p1~\n\n`))
  await it.open({cursor: 'start'})
  await it.open({cursor: 'same'})
  await it.open({cursor: {of: 'p1'}})
  expect(it.recorder.trace).toEqual([])
  publishing(it, 'p1', 'acked')
  await it.open()
  await expect.poll(() => it.facts('event')).toHaveLength(1)
  await it.open({cursor: {of: 'p1'}})
  await it.open({cursor: 'same'})
  await it.open({cursor: {forged: 'trailing'}})
  await it.open({cursor: {forged: 'nul'}})
  expect(it.facts('request').map(({from, cursor}) => [from, cursor])).toEqual([
    ['live', undefined],
    ['named', '5'],
    ['same', '5'],
    ['forged', '5x'],
  ])
})

test('a cursor may be sent in the query, and the payload stand inside the data', async () => {
  const it = await listening(
    endings,
    (_, socket) =>
      socket.write(
        `${head}id: 5\ndata: {"d":"~n.p1~"}\n\nid: 6\ndata: {"hello":1}\n\ndata: no\n\n`,
      ),
    {sse: {cursor: {query: 'since'}, payload: {pointer: '/d'}}},
  )
  await it.open()
  await expect.poll(() => it.facts('event')).toHaveLength(1)
  await it.open({cursor: 'last', accept: 'text/*'})
  expect(it.heads[1]).toMatch(/^GET \/c-main\?since=6 HTTP\/1\.1\r\n/)
  expect(it.heads[1]).toContain('accept: text/*')
  expect(it.facts('event')[0]).toMatchObject({data: '~n.p1~', mark: '~n.p1~', id: '5'})
})

test.each(overs)(
  "what comes after half a close or a stall is nobody's event, over %s",
  async (over) => {
    const it = await listening(endings, (_, socket) => socket.write(`${head}id: 1\ndata: 1\n\n`))
    await it.open({over})
    await expect.poll(() => it.facts('event')).toHaveLength(1)
    await it.leave('half')
    it.sockets[0]!.write('id: 2\ndata: 2\n\n')
    await it.open({over, cursor: 'last'})
    await expect.poll(() => it.facts('event')).toHaveLength(2)
    await it.leave('stall')
    it.sockets[1]!.write('id: 3\ndata: 3\n\n')
    await it.open({over, cursor: 'last'})
    await expect.poll(() => it.facts('event')).toHaveLength(3)
    expect(it.facts('event').map(({data}) => data)).toEqual(['1', '1', '1'])
    expect(it.facts('request').map(({cursor}) => cursor)).toEqual([undefined, '1', '1'])
    expect(it.sockets[1]!.destroyed).toBe(false)
  },
)

test('a stream without end is cut off', async () => {
  const chunk = `: ${'x'.repeat(65_000)}\n`.repeat(16)
  const it = await listening(endings, (_, socket) => {
    const more = (): void => {
      if (!socket.destroyed) socket.write(chunk, () => setImmediate(more))
    }
    socket.write(head, more)
  })
  await it.open()
  await expect.poll(() => it.facts('closed'), {timeout: 10_000}).toHaveLength(1)
  expect(it.facts('gaveUp')).toMatchObject([{what: 'a stream above 16 MiB'}])
})

test('the end of the case ends the stream', async () => {
  const it = await listening(endings, (_, socket) => socket.write(head))
  await it.open()
  it.over()
  await it.driver.end()
  expect(it.facts('closed')).toHaveLength(1)
})
