import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {WebSocketServer, type WebSocket} from 'ws'
import type {OutOfOrder, Target} from '../../target.ts'
import {only, type Trace} from '../../trace.ts'
import type {Driver, Play} from '../driver.ts'
import {Marks} from '../marks.ts'
import {Recorder, type Log} from '../recorder.ts'
import {openWs} from '../ws.ts'

const endings: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

const open = {do: 'open', client: 'a', via: 'ws', route: 'inbox'} as const
const submit = (number: number) => ({do: 'submit', client: 'a', number}) as const
const read = {do: 'read-inbox', client: 'a'} as const

/** A server whose application hears messages, and whose control answers `shown`, one after the other and then the last for ever. */
async function server(
  onMessage: (text: string, socket: WebSocket) => void,
  shown: readonly string[] = ['[]'],
): Promise<string> {
  let reads = 0
  const http = createServer((request, response) => {
    const [, query] = (request.url ?? '').split('?')
    const body = query === 'of=ps-n-main' ? shown[Math.min(reads++, shown.length - 1)] : ''
    response.writeHead(body === '' ? 500 : 200).end(body)
  })
  const sockets = new WebSocketServer({server: http})
  sockets.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (data) => onMessage((data as Buffer).toString(), socket))
  })
  endings.push(() => {
    for (const client of sockets.clients) client.terminate()
    http.close()
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

function stage(
  origin: string,
  outOfOrder: OutOfOrder = 'refused',
): {driver: Driver; log: Log; trace: Trace} {
  const recorder = new Recorder()
  const over = new AbortController()
  const ms = {connectMs: 300, headMs: 300, handshakeMs: 300, failMs: 80, closeMs: 80}
  const limits = {...ms, deliverMs: 60, quietMs: 15, tcpCloseMs: 80, pongMs: 80}
  const inbox = {
    path: '/{channel}',
    headers: {},
    message: {kind: 'note'},
    number: '/n',
    payload: '/body/text',
    first: 0,
    ack: '/ok',
    refusal: '/no',
    read: {
      request: {method: 'GET', path: '/?of={channel}', headers: {}, query: {}},
      messages: '',
      payload: '/text',
    },
  }
  const play = {
    service: {
      target: {ws: {inbox}, limits, claims: {outOfOrder}} as unknown as Target,
      origins: [origin],
      headers: {},
      hooks: {},
    },
    recorder,
    marks: new Marks('n'),
    signal: over.signal,
    channel: (name = 'main') => `ps-n-${name}`,
    waiting: async (wait: () => Promise<unknown>) => await wait(),
    answers: () => [],
  } as unknown as Play
  const driver = openWs(play, 'a')
  endings.push(() => {
    over.abort()
    return driver.end()
  })
  return {driver, log: recorder.for(0), trace: recorder.trace}
}

test('a message goes out as described, and its answer is told by the number of the script', async () => {
  const heard: string[] = []
  const origin = await server((text, socket) => {
    heard.push(text)
    socket.send('{"hello": 1}')
    socket.send(heard.length === 1 ? '{"no": 1}' : '{"ok": 0}')
  })
  const {driver, log, trace} = stage(origin)
  await driver.perform(open, log)
  await driver.perform(submit(2), log)
  await driver.perform(submit(1), log)
  await driver.settle(log)
  expect(heard.map((text) => JSON.parse(text) as unknown)).toEqual([
    {kind: 'note', n: 1, body: {text: '~n.m2~'}},
    {kind: 'note', n: 0, body: {text: '~n.m1~'}},
  ])
  const channel = 'ps-n-main'
  expect(only(trace, 'submitting')).toMatchObject([
    {conn: 'a.1', channel, number: 2, mark: '~n.m2~'},
    {conn: 'a.1', channel, number: 1, mark: '~n.m1~'},
  ])
  expect(only(trace, 'receipt')).toMatchObject([
    {conn: 'a.1', channel, number: 2, outcome: 'refused'},
    {conn: 'a.1', channel, number: 1, outcome: 'acked'},
  ])
  expect(only(trace, 'settled')).toHaveLength(1)
})

test('an answer is waited for until it is overdue', async () => {
  const {driver, log, trace} = stage(await server(() => {}))
  await driver.perform(open, log)
  await driver.perform(submit(1), log)
  await driver.settle(log)
  const [sent] = only(trace, 'submitting')
  const [settled] = only(trace, 'settled')
  expect(settled!.at - sent!.at).toBeGreaterThanOrEqual(60)
})

test('an answer that may wait for an earlier message is not waited for', async () => {
  const {driver, log, trace} = stage(await server(() => {}), 'reordered')
  await driver.perform(open, log)
  await driver.perform(submit(2), log)
  await driver.settle(log)
  expect(only(trace, 'settled')).toHaveLength(1)
})

test('a connection that ends does not settle', async () => {
  const {driver, log, trace} = stage(await server((_text, socket) => socket.close(1008)))
  await driver.perform(open, log)
  await driver.perform(submit(1), log)
  await driver.settle(log)
  expect(only(trace, 'settled')).toEqual([])
})

test('the control is read until it shows what was acknowledged', async () => {
  const all = '[{"text": "~n.m1~"}, {"text": "of another case ~m.m1~"}]'
  const origin = await server((_text, socket) => socket.send('{"ok": 0}'), ['[]', '[]', all])
  const {driver, log, trace} = stage(origin)
  await driver.perform(open, log)
  await driver.perform(submit(1), log)
  await driver.settle(log)
  await driver.perform(read, log)
  expect(only(trace, 'inbox').map(({marks}) => marks)).toEqual([[], ['~n.m1~']])
})

test('a control that shows too little is given up when that is overdue, and one that fails shows nothing', async () => {
  const origin = await server((_text, socket) => socket.send('{"ok": 0}'))
  const {driver, log, trace} = stage(origin)
  await driver.perform(open, log)
  await driver.perform(submit(1), log)
  await driver.settle(log)
  await driver.perform(read, log)
  const [acked] = only(trace, 'receipt')
  const shown = only(trace, 'inbox')
  expect(shown.at(-1)!.askedAt - acked!.at).toBeGreaterThanOrEqual(60)
  await driver.perform({...open, channel: 'other'}, log)
  await driver.perform(read, log)
  expect(only(trace, 'inbox')).toHaveLength(shown.length)
})
