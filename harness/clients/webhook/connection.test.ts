/* oxlint-disable unicorn/no-thenable -- `then` is the word of script/webhook.ts, never a function */
import {once} from 'node:events'
import {connect, type Socket} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import type {Answer} from '../../script/webhook.ts'
import {only, type Trace} from '../../trace.ts'
import {Marks} from '../marks.ts'
import {Receiver} from '../receivers.ts'
import {Recorder} from '../recorder.ts'
import {SenderConnection} from './connection.ts'
import {Ledger} from './ledger.ts'

const endings: (() => void)[] = []

afterEach(() => {
  for (const end of endings.splice(0)) end()
})

const event = {
  id: {header: 'webhook-id'},
  batch: {max: 1, pointer: ''},
  payload: 'raw',
  fanoutId: 'same',
} as const

/** A sender's connection to a receiver with these answers. */
async function dial(...answers: Omit<Answer, 'do' | 'client'>[]): Promise<{
  socket: Socket
  trace: Trace
  recorder: Recorder
  signal: AbortSignal
  read: (length: number) => Promise<string>
}> {
  const recorder = new Recorder()
  const over = new AbortController()
  const marks = new Marks('n')
  const endpoint = {
    client: 'x',
    log: recorder.for(0),
    now: () => recorder.now(),
    signal: over.signal,
    ledger: new Ledger(marks, event),
    answers: answers.map((answer) => ({do: 'answer' as const, client: 'x', ...answer})),
    places: {self: 'http://a/', path: 'http://a/elsewhere', canary: 'http://b/'},
    timeoutMs: 40,
    isMine: (target: string) => target !== '/old',
  }
  let count = 0
  const receiver = await Receiver.start((socket) => {
    const connection = new SenderConnection(endpoint, `x.${(count += 1)}`, socket)
    expect(connection).toBeDefined()
  })
  const socket = connect({host: '127.0.0.1', port: Number(new URL(receiver.url).port)})
  socket.on('error', () => {})
  endings.push(() => {
    over.abort()
    socket.destroy()
    receiver.close()
  })
  await once(socket, 'connect')
  let got = ''
  socket.on('data', (data: Buffer) => (got += data.toString('latin1')))
  const read = async (length: number): Promise<string> => {
    while (got.length < length) await once(socket, 'data')
    return got.slice(0, length)
  }
  return {socket, trace: recorder.trace, recorder, signal: over.signal, read}
}

/** Also with an error. */
async function closed(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
}

function post(body: string, id = 'e1', more = ''): string {
  return `POST /hook HTTP/1.1\r\nHost: a\r\nwebhook-id: ${id}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`
}

const noContent = 'HTTP/1.1 204 No Content\r\n\r\n'

test('a request is an attempt with its marks, its id and its bytes, and is acknowledged', async () => {
  const {socket, trace, read} = await dial()
  socket.write(post('{"d":"~n.p1~ x"}'))
  expect(await read(noContent.length)).toBe(noContent)
  expect(trace.map((fact) => ({...fact, at: 0, step: 0}))).toEqual(
    [
      {kind: 'connect', conn: 'x.1', client: 'x'},
      {kind: 'in', conn: 'x.1', bytes: post('{"d":"~n.p1~ x"}')},
      {
        kind: 'attempt',
        client: 'x',
        conn: 'x.1',
        startedAt: expect.any(Number) as number,
        attempt: 1,
        marks: ['~n.p1~'],
        eventId: 'e1',
        method: 'POST',
        target: '/hook',
        headers: [
          ['Host', 'a'],
          ['webhook-id', 'e1'],
          ['Content-Length', '16'],
        ],
        body: '{"d":"~n.p1~ x"}',
        ending: 'complete',
      },
      {kind: 'out', conn: 'x.1', bytes: noContent},
      {
        kind: 'replied',
        client: 'x',
        conn: 'x.1',
        attempt: 1,
        marks: ['~n.p1~'],
        how: 'complete',
        status: 204,
      },
    ].map((fact) => ({...fact, at: 0, step: 0})),
  )
})

test('what is meant for an earlier endpoint of the port is acknowledged, and is no attempt', async () => {
  const {socket, trace, read} = await dial({status: 503}, {attempt: 2, status: 500})
  socket.write(post('{"d":"~n.p1~"}').replace('/hook', '/old'))
  expect(await read(noContent.length)).toBe(noContent)
  socket.write(post('{"d":"~n.p1~"}'))
  while (only(trace, 'replied').length < 1) await once(socket, 'data')
  expect(only(trace, 'attempt')).toMatchObject([{attempt: 1, target: '/hook'}])
  expect(only(trace, 'replied')).toMatchObject([{attempt: 1, status: 503}])
})

test('attempts are counted by event, and each has its own answer', async () => {
  const {socket, trace, read} = await dial({event: 'p1', status: 503}, {attempt: 2, status: 500})
  for (const body of ['~n.p1~', '~n.p2~', '~n.p2~', '~n.p1~', '~other.p1~', 'nothing']) {
    socket.write(post(body, body.slice(3, 5)))
  }
  await read(6)
  while (only(trace, 'replied').length < 6) await once(socket, 'data')
  expect(only(trace, 'replied').map(({attempt, status}) => [attempt, status])).toEqual([
    [1, 503],
    [1, 204],
    [2, 500],
    [2, 503],
    [1, 204],
    [1, 204],
  ])
})

test('a delay is a fraction of the timeout', async () => {
  const {socket, trace, read} = await dial({delay: 0.5})
  socket.write(post('~n.p1~'))
  await read(noContent.length)
  const [attempt] = only(trace, 'attempt')
  const [replied] = only(trace, 'replied')
  expect((replied?.at ?? 0) - (attempt?.at ?? 0)).toBeGreaterThanOrEqual(19)
})

test('silence is told at once, and ends when the sender ends', async () => {
  const {socket, trace, recorder, signal} = await dial({reply: 'none'})
  socket.write(post('~n.p1~'))
  await recorder.until('replied', ({how}) => how === 'silent', 1000, signal)
  expect(only(trace, 'replied')).toMatchObject([{how: 'silent'}])
  expect(only(trace, 'replied')[0]?.status).toBeUndefined()
  socket.end()
  await recorder.until('fin', ({by}) => by === 'client', 1000, signal)
  expect(only(trace, 'fin').map(({by}) => by)).toEqual(['server', 'client'])
})

test('an answer is cut, and its status counts when its head is whole', async () => {
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n'
  const cases = [
    [10, undefined],
    [head.length + 'Connection: close\r\n\r\n'.length + 2, 200],
  ] as const
  for (const [cutAt, status] of cases) {
    const {socket, trace} = await dial({status: 200, body: 'okay', reply: {cutAt}, then: 'fin'})
    socket.write(post('~n.p1~'))
    await once(socket, 'end')
    const [replied] = only(trace, 'replied')
    expect(replied?.how).toBe('cut')
    expect(replied?.status).toBe(status)
  }
})

test('a reset takes the answer with it', async () => {
  for (const answer of [{then: 'rst'} as const, {reply: 'none', then: 'rst'} as const]) {
    const {socket, trace} = await dial(answer)
    socket.write(post('~n.p1~'))
    await closed(socket)
    expect(only(trace, 'replied')[0]?.how).toBe('reset')
    expect(only(trace, 'reset').map(({by}) => by)).toEqual(['client'])
  }
})

test('an answer can go out before the body is read, by the event that its id is known for', async () => {
  const early = {event: 'p1', attempt: 2, read: 'head', status: 500, then: 'fin'} as const
  const {socket, trace, read} = await dial(early)
  socket.write(post('~n.p1~'))
  await read(noContent.length)
  socket.write(post(`${'a'.repeat(99)}~n.p1~`).slice(0, 120))
  await once(socket, 'end')
  expect(only(trace, 'attempt')[1]).toMatchObject({
    attempt: 2,
    marks: ['~n.p1~'],
    ending: 'cut',
  })
  expect(only(trace, 'replied')[1]).toMatchObject({status: 500, how: 'complete'})
})

test('the rest of a request that was answered early is read before the next', async () => {
  const {socket, trace, read} = await dial({read: {bytes: 6}, event: 'p1'})
  socket.write(post('~n.p1~ and more').slice(0, -3))
  await read(noContent.length)
  socket.write(`ore${post('~n.p2~')}`)
  await read(2 * noContent.length)
  expect(only(trace, 'attempt').map(({marks, ending}) => [...marks, ending])).toEqual([
    ['~n.p1~', 'cut'],
    ['~n.p2~', 'complete'],
  ])
})

test('a request that its sender cuts is an attempt without an answer', async () => {
  const {socket, trace, recorder, signal} = await dial()
  socket.end(post('~n.p1~').slice(0, -1))
  await recorder.until('attempt', () => true, 1000, signal)
  await closed(socket)
  expect(only(trace, 'attempt')).toMatchObject([{ending: 'cut', body: '~n.p1'}])
  expect(only(trace, 'replied')).toEqual([])
})

test('what is no request gets 400 and the end', async () => {
  const {socket, trace} = await dial()
  socket.write('POST /\r\n\r\n')
  await once(socket, 'end')
  expect(only(trace, 'attempt')).toMatchObject([{ending: 'malformed', method: ''}])
  expect(only(trace, 'replied')).toMatchObject([{status: 400}])
})

test('a sender that waits for 100 Continue gets it first', async () => {
  const {socket, read} = await dial()
  const request = post('~n.p1~', 'e', 'Expect: 100-continue\r\n')
  socket.write(request.slice(0, -6))
  const goOn = 'HTTP/1.1 100 Continue\r\n\r\n'
  expect(await read(goOn.length)).toBe(goOn)
  socket.write('~n.p1~')
  expect(await read(goOn.length + noContent.length)).toBe(goOn + noContent)
})

test('a request without end is cut off', async () => {
  const {socket, trace} = await dial()
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n')
  socket.write(Buffer.alloc(17 * 1024 * 1024, 97))
  await closed(socket)
  expect(only(trace, 'gaveUp')[0]?.what).toContain('reading a request')
})

test('a sender that resets is told', async () => {
  const {socket, recorder, signal} = await dial()
  socket.resetAndDestroy()
  expect(await recorder.until('reset', ({by}) => by === 'server', 1000, signal)).toMatchObject({
    error: 'ECONNRESET',
  })
})
