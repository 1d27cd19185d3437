import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import {WebSocketServer} from 'ws'
import type {Target} from '../../target.ts'
import {only, type Trace} from '../../trace.ts'
import {Endings, stageOf, targetWith} from '../stage.test.support.ts'
import {openWs} from '../ws.ts'

const endings = new Endings()

afterEach(() => endings.end())

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
  endings.add(() => {
    for (const client of sockets.clients) client.terminate()
    http.closeAllConnections()
    http.close()
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

async function opened(origin: string): Promise<Trace> {
  const request = {method: 'POST', path: '/', headers: {}, query: {}, body: '{payload}'}
  const target: Target = {
    ...targetWith({
      publish: {request, accepted: [[200, 299]], maxBytes: 1000, alphabet: 'text'},
      limits: {deliverMs: 80, quietMs: 10},
    }),
    ws: {
      subscribe: {path: '/', headers: {}, payload: 'raw', initial: 'live', ready: 'probe'},
      subprotocols: [],
      textOnly: false,
      guaranteedMessage: 125,
      strictLengths: false,
      singlePath: false,
    },
  }
  const {play, recorder, log} = stageOf(endings, origin, target)
  const driver = openWs(play, 'a')
  endings.add(() => driver.end())
  await driver.perform({do: 'open', client: 'a', via: 'ws', route: 'subscribe', as: 'o1'}, log)
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
