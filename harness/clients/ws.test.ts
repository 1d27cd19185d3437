import {once} from 'node:events'
import type {AddressInfo} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {WebSocketServer, type WebSocket} from 'ws'
import type {Claims, Target, WsEndpoint} from '../target.ts'
import {only, type Trace} from '../trace.ts'
import type {Driver, Play} from './driver.ts'
import {Marks} from './marks.ts'
import {Recorder, type Log} from './recorder.ts'
import {openWs} from './ws.ts'

const endings: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

const echo = {do: 'open', client: 'a', via: 'ws', route: 'echo'} as const
const subscribe = {do: 'open', client: 'a', via: 'ws', route: 'subscribe', as: 'o1'} as const

const endpoint: WsEndpoint = {
  echo: {path: '/echo', headers: {}},
  subscribe: {
    path: '/events?since={cursor}',
    headers: {},
    payload: {pointer: '/data'},
    id: '/id',
    initial: 'live',
    ready: 'head',
  },
  subprotocols: [],
  textOnly: false,
  guaranteedMessage: 1000,
  strictLengths: false,
  singlePath: false,
}

/** An echo route, and a route of events of which each connection is handed to `onSubscriber`. */
async function server(
  onSubscriber: (socket: WebSocket, url: string) => void = () => {},
): Promise<string> {
  const server = new WebSocketServer({port: 0, host: '127.0.0.1'})
  endings.push(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  server.on('connection', (socket, request) => {
    socket.on('error', () => {})
    if (request.url === '/echo') socket.on('message', (data, binary) => socket.send(data, {binary}))
    else onSubscriber(socket, request.url ?? '')
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

interface Stage {
  driver: Driver
  log: Log
  recorder: Recorder
  trace: Trace
}

function stage(origin: string, claims: Partial<Claims> = {}): Stage {
  const recorder = new Recorder()
  const over = new AbortController()
  const limits = {
    connectMs: 300,
    headMs: 300,
    handshakeMs: 300,
    deliverMs: 60,
    publishMs: 60,
    quietMs: 15,
    failMs: 80,
    closeMs: 80,
    tcpCloseMs: 80,
    pongMs: 80,
  }
  const target = {ws: endpoint, limits, claims} as unknown as Target
  const play = {
    service: {target, origins: [origin], headers: {'x-token': 't'}, hooks: {}},
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
  return {driver, log: recorder.for(0), recorder, trace: recorder.trace}
}

function event(id: number, name: string): string {
  return JSON.stringify({id, data: `~n.${name}~ hi`})
}

test('the echo route answers, settles when it is quiet, and closes', async () => {
  const {driver, log, recorder, trace} = stage(await server())
  await driver.perform(echo, log)
  const frames = [{opcode: 1, payload: {text: 'hi'}}]
  await driver.perform({do: 'send', client: 'a', frames}, recorder.for(1))
  await driver.settle(recorder.for(2))
  expect(only(trace, 'out').map(({step}) => step)).toEqual([0, 1, 2])
  expect(only(trace, 'settled')[0]?.waitedMs).toBeGreaterThanOrEqual(14)
  const [handshake] = only(trace, 'handshake')
  expect(handshake).toMatchObject({status: 101, route: 'echo', ending: 'complete'})
  expect(handshake?.request).toContain('\r\nx-token: t\r\n')
  await driver.perform({do: 'close', client: 'a', code: 1000}, log)
  await Promise.resolve()
  expect(only(trace, 'closed')).toMatchObject([
    {client: 'a', conn: 'a.1', by: 'server', code: 1000},
  ])
  expect(only(trace, 'event')).toEqual([])
})

test('a subscription tells its request, its readiness and its events in order', async () => {
  const origin = await server((socket) => {
    socket.send(event(1, 'p1'))
    socket.send('{"type": "welcome"}')
    socket.send(event(2, 'p2'))
  })
  for (const over of ['raw', 'ws'] as const) {
    const {driver, log, trace} = stage(origin)
    await driver.perform({...subscribe, over}, log)
    await driver.settle(log)
    const protocol = new Set(['request', 'opened', 'event', 'settled'])
    const facts = trace.filter((fact) => protocol.has(fact.kind))
    expect(facts).toMatchObject([
      {kind: 'request', name: 'o1', via: 'ws', channel: 'ps-n-main', target: '/events'},
      {kind: 'opened', request: 'o1', conn: 'a.1', from: 'live'},
      {kind: 'event', mark: '~n.p1~', id: '1', data: '~n.p1~ hi', channel: 'ps-n-main'},
      {kind: 'event', mark: '~n.p2~', id: '2'},
      {kind: 'settled', client: 'a'},
    ])
    expect(only(trace, 'sent')).toMatchObject([{request: 'o1'}])
  }
})

test('a subscription comes back where it left off', async () => {
  const urls: string[] = []
  const origin = await server((socket, url) => {
    urls.push(url)
    socket.send(event(urls.length, `p${urls.length}`))
  })
  const {driver, log, trace} = stage(origin)
  await driver.perform(subscribe, log)
  await driver.settle(log)
  await driver.perform({do: 'leave', client: 'a', how: 'rst'}, log)
  await driver.settle(log)
  await driver.perform({...subscribe, as: 'o2', cursor: 'last'}, log)
  await driver.perform({...subscribe, as: 'o3', cursor: {of: 'p2'}}, log)
  await driver.perform({...subscribe, as: 'o4', cursor: {of: 'p9'}}, log)
  expect(urls).toEqual(['/events', '/events?since=1', '/events?since=2'])
  expect(only(trace, 'opened').map(({from, cursor}) => [from, cursor])).toEqual([
    ['live', undefined],
    ['last', '1'],
    ['named', '2'],
  ])
  expect(only(trace, 'settled')).toHaveLength(1)
})

test('a stream that the server closes is reopened while it settles, where resume is claimed', async () => {
  let count = 0
  const origin = await server((socket) => {
    count += 1
    socket.send(event(count, `p${count}`))
    if (count === 1) socket.close(1001)
  })
  const {driver, log, trace} = stage(origin, {resume: {events: 10, ms: 1000}})
  await driver.perform(subscribe, log)
  await driver.settle(log)
  expect(only(trace, 'opened').map(({from, conn}) => [from, conn])).toEqual([
    ['live', 'a.1'],
    ['last', 'a.2'],
  ])
  expect(only(trace, 'closed')).toMatchObject([{conn: 'a.1', by: 'server', code: 1001}])
  expect(only(trace, 'settled')).toHaveLength(1)
})

test('without a claim to resume, a closed stream does not settle', async () => {
  const origin = await server((socket) => socket.close(1001))
  const {driver, log, trace} = stage(origin)
  await driver.perform(subscribe, log)
  await driver.settle(log)
  expect(only(trace, 'opened')).toHaveLength(1)
  expect(only(trace, 'settled')).toEqual([])
})

test('steps before an open, of an undeclared route or of an unknown node do nothing', async () => {
  const {driver, log, trace} = stage(await server())
  await driver.perform({do: 'fence', client: 'a'}, log)
  await driver.perform({do: 'leave', client: 'a', how: 'fin'}, log)
  await driver.perform({...echo, route: 'plain'}, log)
  await driver.perform({...echo, node: 3}, log)
  await driver.settle(log)
  expect(trace).toEqual([])
})

test('opening again leaves the connection that was open', async () => {
  const {driver, log, trace} = stage(await server())
  await driver.perform(echo, log)
  await driver.perform(echo, log)
  expect(only(trace, 'connect').map(({conn}) => conn)).toEqual(['a.1', 'a.2'])
  expect(only(trace, 'fin')).toMatchObject([{conn: 'a.1', by: 'client'}])
  await driver.perform({do: 'leave', client: 'a', how: 'stall'}, log)
  await driver.settle(log)
  expect(only(trace, 'settled')).toEqual([])
  const before = trace.length
  await driver.perform({do: 'send', client: 'a', frames: [{opcode: 9}]}, log)
  await driver.perform({do: 'await-end', client: 'a'}, log)
  expect(trace).toHaveLength(before)
  // A client that reads no more sees nothing from then on.
  expect(only(trace, 'closed')).toMatchObject([
    {conn: 'a.1', by: 'client'},
    {conn: 'a.2', by: 'client'},
  ])
})

test('a path that no route has stands in the handshake as unknown', async () => {
  const {driver, log, trace} = stage(await server())
  await driver.perform({...echo, handshake: {path: 'unknown'}}, log)
  expect(only(trace, 'handshake')).toMatchObject([{route: 'unknown', status: 101}])
})
