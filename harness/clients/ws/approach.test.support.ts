/** What the tests of the WebSocket drivers share: a case without a script, and servers. Not shipped, as its name ends in a test's. */
import {once} from 'node:events'
import {createServer, type AddressInfo, type Server, type Socket} from 'node:net'
import {expect} from 'vitest'
import {WebSocketServer} from 'ws'
import {acceptKey} from '../../models/ws/handshake.ts'
import type {Trace} from '../../trace.ts'
import type {Play} from '../driver.ts'
import {Marks} from '../marks.ts'
import {Recorder} from '../recorder.ts'
import type {WsConnection} from './connection.ts'
import {openRaw, type Approach} from './handshake.ts'

const endings: (() => void)[] = []

/** Ends all that a test has opened. */
export function endAll(): void {
  for (const end of endings.splice(0)) end()
}

const limits = {
  connectMs: 500,
  handshakeMs: 150,
  deliverMs: 200,
  failMs: 150,
  closeMs: 100,
  tcpCloseMs: 50,
  pongMs: 60,
  quietMs: 20,
}

/** A handshake to be made in a case of its own. */
export function approach(
  origin: string,
  changes: Partial<Approach> = {},
): Approach & {trace: Trace} {
  const over = new AbortController()
  endings.push(() => over.abort())
  const recorder = new Recorder()
  const play = {
    service: {target: {limits}},
    recorder,
    marks: new Marks('n1'),
    signal: over.signal,
    waiting: async (wait: () => Promise<unknown>) => await wait(),
  } as unknown as Play
  return {
    play,
    client: 'a',
    log: recorder.for(0),
    route: 'echo',
    origin,
    target: '/echo',
    headers: {},
    spec: {},
    early: [],
    onConnected: () => {},
    onSent: () => {},
    onUpgraded: () => {},
    answersClose: false,
    ...changes,
    trace: recorder.trace,
  }
}

/** A server of bytes: it upgrades everything, and then does what it is told. */
export async function rawServer(then: (socket: Socket, head: string) => void): Promise<string> {
  const server: Server = createServer({allowHalfOpen: true, noDelay: true}, (socket) => {
    endings.push(() => socket.destroy())
    socket.on('error', () => {})
    socket.once('data', (bytes) => then(socket, bytes.toString('latin1')))
  })
  endings.push(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The 101 to a request head. */
export function upgrade(head: string): string {
  const key = /sec-websocket-key: (.*)\r\n/i.exec(head)?.[1] ?? ''
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`
}

/** The echo server of the npm library `ws`. */
export async function libraryServer(): Promise<string> {
  const server = new WebSocketServer({port: 0, host: '127.0.0.1', path: '/echo'})
  endings.push(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  server.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (data, binary) => socket.send(data as Buffer, {binary}))
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The connection, which must come about. */
export async function opened(it: Approach, by = openRaw): Promise<WsConnection> {
  const connection = await by(it)
  expect(connection).toBeDefined()
  return connection!
}
