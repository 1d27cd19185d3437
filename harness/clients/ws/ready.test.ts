import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {WebSocketServer} from 'ws'
import type {Target} from '../../target.ts'
import {only, type Trace} from '../../trace.ts'
import type {Play} from '../driver.ts'
import {Marks} from '../marks.ts'
import {Recorder} from '../recorder.ts'
import {openWs} from '../ws.ts'

const endings: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

/** A server that gives a subscriber what is published from the `from`-th publish on. */
async function server(from: number): Promise<string> {
  let count = 0
  const http = createServer((request, response) => {
    let body = ''
    request.on('data', (data: Buffer) => (body += data.toString()))
    request.on('end', () => {
      response.end()
      count += 1
      if (count >= from) for (const client of sockets.clients) client.send(body)
    })
  })
  const sockets = new WebSocketServer({server: http})
  endings.push(() => {
    for (const client of sockets.clients) client.terminate()
    http.closeAllConnections()
    http.close()
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

async function opened(origin: string): Promise<Trace> {
  const recorder = new Recorder()
  const over = new AbortController()
  const limits = {
    connectMs: 300,
    handshakeMs: 300,
    headMs: 300,
    publishMs: 300,
    deliverMs: 80,
    quietMs: 10,
    pongMs: 100,
  }
  const request = {method: 'POST', path: '/', headers: {}, query: {}, body: '{payload}'}
  const target = {
    publish: {request, accepted: [[200, 299]], maxBytes: 1000, alphabet: 'text'},
    ws: {subscribe: {path: '/', headers: {}, payload: 'raw', initial: 'live', ready: 'probe'}},
    limits,
    claims: {},
  } as unknown as Target
  const play = {
    service: {target, origins: [origin], headers: {}, hooks: {}},
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
  await driver.perform(
    {do: 'open', client: 'a', via: 'ws', route: 'subscribe', as: 'o1'},
    recorder.for(0),
  )
  return recorder.trace
}

test('a stream is ready when a probe comes back, and its events follow that', async () => {
  const trace = await opened(await server(2))
  const probes = only(trace, 'publishing').map(({as}) => as)
  expect(probes).toEqual(['probe-a.1-1', 'probe-a.1-2'])
  const kinds = trace.map((fact) => fact.kind)
  expect(kinds.filter((kind) => kind === 'opened' || kind === 'event')).toEqual(['opened', 'event'])
  expect(only(trace, 'event')).toMatchObject([{mark: '~n.probe-a.1-2~', conn: 'a.1'}])
})

test('a stream that gives no probe is never ready', async () => {
  const trace = await opened(await server(99))
  expect(only(trace, 'publishing').length).toBeGreaterThan(1)
  expect(only(trace, 'opened')).toEqual([])
})
