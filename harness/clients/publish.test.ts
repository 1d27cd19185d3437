import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import {once} from 'node:events'
import type {AddressInfo} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import type {Publish} from '../script/common.ts'
import type {PublishEndpoint, Target} from '../target.ts'
import {only} from '../trace.ts'
import type {Play} from './driver.ts'
import {Marks} from './marks.ts'
import {Publishers} from './publish.ts'
import {Recorder} from './recorder.ts'
import type {Hooks} from './service.ts'

const endings: (() => unknown)[] = []

afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

const endpoint: PublishEndpoint = {
  request: {method: 'POST', path: '/{channel}', headers: {}, query: {}, body: '{payload}'},
  accepted: [[200, 299]],
  id: {body: '/id'},
  maxBytes: 1000,
  alphabet: 'text',
}

interface Given {
  readonly publish?: Partial<PublishEndpoint>
  readonly hooks?: Hooks
  readonly publishMs?: number
  readonly over?: AbortController
}

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

async function serve(answer: Answer): Promise<{server: Server; origin: string}> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (bytes: Buffer) => (body += bytes.toString()))
    request.on('end', () => answer(request, response, body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  endings.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return {server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`}
}

function stage(
  origin: string,
  given: Given = {},
): {recorder: Recorder; publish: (step: Omit<Publish, 'do'>) => Promise<void>; marks: Marks} {
  const recorder = new Recorder()
  const {over = new AbortController()} = given
  const marks = new Marks('n')
  const target = {
    publish: {...endpoint, ...given.publish},
    limits: {publishMs: given.publishMs ?? 2000, connectMs: 500, quietMs: 10},
  } as Target
  const play = {
    service: {target, origins: [origin], headers: {}, hooks: given.hooks ?? {}},
    recorder,
    marks,
    signal: over.signal,
    channel: (name = 'main') => `c-${name}`,
  } as unknown as Play
  const publishers = new Publishers(play)
  endings.push(() => publishers.end())
  return {
    recorder,
    marks,
    publish: (step) => publishers.publish({do: 'publish', ...step}, recorder.for(0)),
  }
}

test('an accepted publish is acked, with the id that the server gave it', async () => {
  const bodies: string[] = []
  const {origin} = await serve((request, response, body) => {
    bodies.push(`${request.url} ${body}`)
    response.writeHead(201).end('{"id":17}')
  })
  const {recorder, publish} = stage(origin)
  await publish({as: 'p1', by: 'w', channel: 'x', payload: {repeat: 'ab', times: 2}})
  await publish({as: 'p2'})
  expect(bodies).toEqual(['/c-x ~n.p1~ abab', '/c-main ~n.p2~'])
  expect(recorder.trace).toMatchObject([
    {kind: 'publishing', as: 'p1', mark: '~n.p1~', by: 'w', channel: 'c-x', payload: '~n.p1~ abab'},
    {kind: 'published', as: 'p1', mark: '~n.p1~', outcome: 'acked', status: 201, id: '17'},
    {kind: 'publishing', as: 'p2', by: 'publisher', payload: '~n.p2~'},
    {kind: 'published', as: 'p2', outcome: 'acked'},
  ])
})

test('a payload between neighbours stays bare', async () => {
  const bodies: string[] = []
  const {origin} = await serve((_, response, body) => {
    bodies.push(body)
    response.end()
  })
  const {recorder, publish} = stage(origin)
  await publish({as: 'p', payload: '\r\n', mark: 'around'})
  expect(bodies).toEqual(['~n.p.before~', '\r\n', '~n.p.after~'])
  expect(only(recorder.trace, 'publishing').map(({as, bare}) => [as, bare])).toEqual([
    ['p.before', undefined],
    ['p', true],
    ['p.after', undefined],
  ])
})

test.each([
  [200, 'acked'],
  [299, 'acked'],
  [302, 'unknown'],
  [400, 'refused'],
  [408, 'unknown'],
  [413, 'refused'],
  [429, 'unknown'],
  [500, 'unknown'],
  [503, 'unknown'],
])('status %i means %s', async (status, outcome) => {
  const {origin} = await serve((_, response) => response.writeHead(status).end())
  const {recorder, publish} = stage(origin)
  await publish({as: 'p'})
  expect(only(recorder.trace, 'published')).toMatchObject([{status, outcome}])
})

test('an answer that was not read whole leaves the publish unknown, and it is not tried again', async () => {
  let requests = 0
  const {origin} = await serve((request, response) => {
    requests += 1
    response.writeHead(200, {'content-length': 10}).write('half', () => request.socket.destroy())
  })
  const {recorder, publish} = stage(origin)
  await publish({as: 'p'})
  expect(only(recorder.trace, 'published')).toMatchObject([{outcome: 'unknown', status: 200}])
  expect(requests).toBe(1)
})

test('a publish that is never answered is given up, and the next one goes out', async () => {
  let requests = 0
  const {origin} = await serve((_, response) => {
    if (++requests > 1) response.end()
  })
  const {recorder, publish} = stage(origin, {publishMs: 60})
  await Promise.all([publish({as: 'p1'}), publish({as: 'p2'})])
  expect(only(recorder.trace, 'published')).toMatchObject([
    {as: 'p1', outcome: 'unknown'},
    {as: 'p2', outcome: 'acked'},
  ])
})

test('an answer that does not end is given up, and the next publish goes out', async () => {
  const endless = (response: ServerResponse): void =>
    void response.write(Buffer.alloc(65_536), () => endless(response))
  const {origin} = await serve((_, response, body) =>
    body.includes('p1') ? endless(response.writeHead(200)) : response.end(),
  )
  const {recorder, publish} = stage(origin)
  await Promise.all([publish({as: 'p1'}), publish({as: 'p2'})])
  expect(only(recorder.trace, 'published')).toMatchObject([
    {as: 'p1', outcome: 'unknown', status: 200},
    {as: 'p2', outcome: 'acked'},
  ])
})

test('what comes before the answer is none', async () => {
  const {origin} = await serve((_, response) => {
    response.writeEarlyHints({link: '</style.css>; rel=preload'})
    response.writeHead(202).end('{"id":"ä"}')
  })
  const {recorder, publish} = stage(origin)
  await publish({as: 'p'})
  expect(only(recorder.trace, 'published')).toMatchObject([
    {outcome: 'acked', status: 202, id: 'ä'},
  ])
})

test('a case that is over waits for no answer', async () => {
  const over = new AbortController()
  const {origin} = await serve(() => over.abort())
  const {recorder, publish} = stage(origin, {over, publishMs: 60_000})
  await publish({as: 'p'})
  expect(only(recorder.trace, 'published')).toMatchObject([{outcome: 'unknown'}])
})

test('nobody listening leaves the publish unknown', async () => {
  const {server, origin} = await serve(() => {})
  server.close()
  await once(server, 'close')
  const {recorder, publish} = stage(origin)
  await publish({as: 'p'})
  expect(only(recorder.trace, 'published')).toMatchObject([{outcome: 'unknown'}])
})

test('a hook publishes instead, and its token stands for the event', async () => {
  const hooks: Hooks = {
    publish: async ({channel, payload}) => ({
      outcome: 'acked',
      token: `sha256:${channel}-${payload.length}`,
    }),
  }
  const {recorder, publish, marks} = stage('http://127.0.0.1:1', {publish: {hook: true}, hooks})
  await publish({as: 'p'})
  expect(only(recorder.trace, 'published')).toMatchObject([{as: 'p', outcome: 'acked'}])
  expect(recorder.trace[1]).not.toHaveProperty('token')
  expect(marks.in('got sha256:c-main-5 .')).toEqual(['~n.p~'])
})

test('a hook that throws or never ends leaves the publish unknown', async () => {
  const hooks: Hooks = {
    publish: async ({payload}) => {
      if (payload.includes('.p1~')) throw new Error('no disk')
      return await new Promise(() => {})
    },
  }
  const given = {publish: {hook: true as const}, hooks, publishMs: 50}
  const {recorder, publish} = stage('http://127.0.0.1:1', given)
  await publish({as: 'p1'})
  await publish({as: 'p2'})
  expect(only(recorder.trace, 'published')).toMatchObject([
    {as: 'p1', outcome: 'unknown'},
    {as: 'p2', outcome: 'unknown'},
  ])
  expect(only(recorder.trace, 'gaveUp')).toMatchObject([
    {what: 'the hook that publishes: Error: no disk'},
  ])
})
