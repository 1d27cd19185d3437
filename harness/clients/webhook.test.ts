/* oxlint-disable unicorn/no-thenable -- `then` is the word of script/webhook.ts, never a function */
import {once} from 'node:events'
import {createServer, request, type IncomingMessage, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, expect, test} from 'vitest'
import type {Answer, WebhookStep} from '../script/webhook.ts'
import type {Target, WebhookEndpoint} from '../target.ts'
import {only, type Trace} from '../trace.ts'
import type {Driver, Play} from './driver.ts'
import {Marks} from './marks.ts'
import {createReceivers, type ReceiverPool} from './receivers.ts'
import {Recorder, type Log} from './recorder.ts'
import {openWebhook} from './webhook.ts'

const endings: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

const open: WebhookStep = {do: 'open', client: 'x', via: 'webhook'}

const webhook: WebhookEndpoint = {
  register: {
    request: {
      method: 'POST',
      path: '/hooks',
      headers: {},
      query: {},
      body: {url: '{receiver}', on: '{channel}'},
    },
    id: {body: '/id'},
    secret: {header: 'x-secret'},
  },
  event: {batch: {max: 1, pointer: ''}, payload: 'raw', fanoutId: 'same'},
  signature: {scheme: 'none', headers: {}},
  ack: {statuses: [[200, 299]], point: 'headers', timeoutMs: 100, commitWithinMs: 0},
  retry: {
    delaysMs: [10, 20],
    repeatLast: false,
    maxAttempts: 3,
    jitter: {down: 0, up: 0},
    permanent: [],
    hiddenResends: 0,
    retryAfter: 'ignored',
    pollMs: 0,
    slackMs: 10,
  },
  redirect: 'never',
  gone: false,
  headOfLine: false,
  recoveryMs: 100,
}

interface Stage {
  driver: Driver
  recorder: Recorder
  log: Log
  trace: Trace
  over: AbortController
}

function stage(
  origin: string,
  answers: Partial<Answer>[] = [],
  endpoint: WebhookEndpoint = webhook,
  receivers?: ReceiverPool,
): Stage {
  const recorder = new Recorder()
  const over = new AbortController()
  const limits = {
    deliverMs: 60,
    publishMs: 60,
    quietMs: 15,
    slackMs: 5,
    connectMs: 200,
    headMs: 200,
  }
  const target = {webhook: endpoint, limits} as unknown as Target
  const play = {
    service: {target, origins: [origin], headers: {}, hooks: {}, ...(receivers && {receivers})},
    recorder,
    marks: new Marks('n'),
    signal: over.signal,
    channel: (name = 'main') => `ps-n-${name}`,
    waiting: async (wait: () => Promise<unknown>) => await wait(),
    answers: () => answers.map((answer): Answer => ({do: 'answer', client: 'x', ...answer})),
  } as unknown as Play
  const driver = openWebhook(play, 'x')
  endings.push(() => {
    over.abort()
    return driver.end()
  })
  return {driver, recorder, log: recorder.for(0), trace: recorder.trace, over}
}

/** A target that takes registrations, and tells what was registered. */
async function target(status = 201): Promise<{origin: string; bodies: string[]}> {
  const bodies: string[] = []
  const server: Server = createServer((incoming, response) => {
    let body = ''
    incoming.on('data', (data: Buffer) => (body += data.toString()))
    incoming.on('end', () => {
      bodies.push(`${incoming.method} ${incoming.url} ${body}`)
      response.writeHead(status, {'x-secret': 'whsec_c2VjcmV0'})
      response.end('{"id": "h1"}')
    })
  })
  endings.push(() => {
    server.closeAllConnections()
    server.close()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies}
}

/** Sends one attempt; the status, or the code of the error. */
async function attempt(url: string, body: string): Promise<string> {
  return await new Promise((resolve) => {
    const sending = request(url, {method: 'POST', agent: false}, (response: IncomingMessage) => {
      response.resume()
      response.on('end', () => resolve(`${response.statusCode} ${response.headers.location ?? ''}`))
      response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? '?'))
    })
    sending.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? '?'))
    sending.end(body)
  })
}

const urlOf = (trace: Trace): string => only(trace, 'registered').at(-1)?.url ?? ''

function publish(log: Log, as: string): void {
  const mark = `~n.${as}~`
  log.write({kind: 'publishing', as, mark, by: 'p', channel: 'ps-n-main', payload: mark})
  log.write({kind: 'published', as, mark, outcome: 'acked', status: 200})
}

test('a receiver is registered with its address and its channel', async () => {
  const {origin, bodies} = await target()
  const {driver, log, trace} = stage(origin)
  await driver.perform(open, log)
  const url = urlOf(trace)
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/hook-n-x$/)
  expect(bodies).toEqual([`POST /hooks {"url":"${url}","on":"ps-n-main"}`])
  expect(only(trace, 'registered')).toMatchObject([
    {client: 'x', url, channel: 'ps-n-main', id: 'h1', secret: 'whsec_c2VjcmV0'},
  ])
  expect(await attempt(url, 'hi')).toBe('204 ')
})

test('a refused registration, and a target that is not there, are given up', async () => {
  const refused = stage((await target(500)).origin)
  await refused.driver.perform(open, refused.log)
  expect(only(refused.trace, 'gaveUp')[0]?.what).toBe('registering an endpoint: status 500')
  const {origin} = await target()
  await endings.pop()?.()
  const gone = stage(origin)
  await gone.driver.perform(open, gone.log)
  expect(only(gone.trace, 'gaveUp')[0]?.what).toContain('ECONNREFUSED')
  expect(only(gone.trace, 'registered')).toEqual([])
  await gone.driver.settle(gone.log)
  expect(only(gone.trace, 'settled')).toEqual([])
})

test('an event that fails twice settles after its acknowledgement, twice the next delay later', async () => {
  const {driver, log, trace} = stage((await target()).origin, [
    {event: 'p1', attempt: 1, status: 503},
    {event: 'p1', attempt: 2, reply: 'none', then: 'rst'},
  ])
  await driver.perform(open, log)
  publish(log, 'p1')
  const settled = driver.settle(log)
  const answers: string[] = []
  for (let count = 0; count < 3; count += 1) answers.push(await attempt(urlOf(trace), '~n.p1~'))
  await settled
  expect(answers).toEqual(['503 ', 'ECONNRESET', '204 '])
  expect(only(trace, 'attempt').map((fact) => [fact.attempt, fact.conn])).toEqual([
    [1, 'x.1'],
    [2, 'x.2'],
    [3, 'x.3'],
  ])
  const waitedMs = only(trace, 'settled')[0]?.waitedMs ?? 0
  expect(waitedMs).toBeGreaterThanOrEqual(2 * (20 + 10) - 1)
})

test('an event that never comes is waited for, and no longer', async () => {
  const {driver, log, trace} = stage((await target()).origin)
  await driver.perform(open, log)
  publish(log, 'p1')
  await driver.settle(log)
  expect(only(trace, 'settled')[0]?.waitedMs).toBeGreaterThanOrEqual(60)
})

test('the end of the case ends settling, and says nothing', async () => {
  const {driver, log, trace, over} = stage((await target()).origin)
  await driver.perform(open, log)
  publish(log, 'p1')
  const settling = driver.settle(log)
  over.abort()
  await settling
  expect(only(trace, 'settled')).toEqual([])
})

test('Location names the endpoint, another path of it, or a canary that tells who comes', async () => {
  const {driver, log, trace} = stage((await target()).origin, [
    {attempt: 1, status: 302, location: 'self'},
    {attempt: 2, status: 302, location: 'path'},
    {attempt: 3, status: 307, location: 'canary'},
  ])
  await driver.perform(open, log)
  const url = urlOf(trace)
  expect(await attempt(url, '~n.p1~')).toBe(`302 ${url}?followed`)
  expect(await attempt(url, '~n.p1~')).toBe(`302 ${url}/elsewhere`)
  const canary = (await attempt(url, '~n.p1~')).slice(4)
  expect(new URL(canary).port).not.toBe(new URL(url).port)
  expect(only(trace, 'canary')).toEqual([])
  expect(await attempt(new URL('/hook', canary).href, '~m.p1~')).toBe('204 ')
  expect(only(trace, 'canary')).toEqual([])
  expect(await attempt(canary, '~n.p1~')).toBe('204 ')
  expect(only(trace, 'canary')).toMatchObject([{client: 'x', method: 'POST', target: '/canary'}])
})

test('a receiver that left refuses, and listens again at the same address', async () => {
  const {driver, log, trace} = stage((await target()).origin)
  await driver.perform(open, log)
  const url = urlOf(trace)
  for (const how of ['rst', 'fin'] as const) {
    await driver.perform({do: 'leave', client: 'x', how}, log)
    expect(await attempt(url, '~n.p1~')).toBe('ECONNREFUSED')
    await driver.perform(open, log)
    expect(await attempt(url, '~n.p1~')).toBe('204 ')
  }
  expect(only(trace, 'closed')).toMatchObject([{conn: ''}, {conn: ''}])
  expect(only(trace, 'registered').map((fact) => fact.url)).toEqual([url, url, url])
  expect(only(trace, 'attempt').map((fact) => fact.attempt)).toEqual([1, 2])
})

test('a receiver that stalls takes connections and says nothing', async () => {
  const {driver, log, trace, recorder, over} = stage((await target()).origin)
  await driver.perform(open, log)
  await driver.perform({do: 'leave', client: 'x', how: 'stall'}, log)
  const sending = attempt(urlOf(trace), '~n.p1~')
  await recorder.until('connect', () => true, 1000, over.signal)
  await driver.end()
  expect(await sending).toBe('ECONNRESET')
  expect(only(trace, 'attempt')).toEqual([])
})

test('a static slot is taken, and given back quiet', async () => {
  const pool = await createReceivers(1)
  endings.push(() => pool.close())
  const {register: _register, ...rest} = webhook
  const fixed = {...rest, signature: {...webhook.signature, secret: 's'}}
  const {driver, log, trace} = stage('http://127.0.0.1:1', [{status: 500}], fixed, pool)
  await driver.perform(open, log)
  expect(only(trace, 'registered')).toMatchObject([{url: pool.urls[0], secret: 's'}])
  expect(await attempt(urlOf(trace), '~n.p1~')).toBe('500 ')
  expect(await attempt(urlOf(trace), '~other.p1~')).toBe('204 ')
  await driver.end()
  expect(await attempt(pool.urls[0] ?? '', '~n.p1~')).toBe('204 ')
  expect(only(trace, 'attempt')).toHaveLength(2)
  expect((await pool.take())?.url).toBe(pool.urls[0])
})

test('without a webhook block, and with steps of others, nothing happens', async () => {
  const {driver, log, trace} = stage('http://127.0.0.1:1')
  await driver.perform({do: 'leave', client: 'x', how: 'fin'}, log)
  await driver.perform({do: 'fence', client: 'x'}, log)
  await driver.settle(log)
  expect(trace).toEqual([])
})
