import {afterEach, expect, test} from 'vitest'
import {Endings} from './stage.test.support.ts'
import {head, listening, publishing} from './sse/listening.test.support.ts'

const endings = new Endings()

afterEach(() => endings.end())

const claims = {
  resume: {events: 10, ms: 1000},
  ordering: 'none',
  delivery: {},
  durable: false,
} as const

test('a reader settles when it has what it is owed and is quiet', async () => {
  const it = await listening(endings, (_, socket) => socket.write(head))
  await it.open()
  publishing(it, 'p1', 'acked')
  publishing(it, 'p2', 'refused')
  publishing(it, 'p3')
  const settling = it.driver.settle(it.log)
  it.sockets[0]!.write('data: ~n.p1~\n\n')
  await expect.poll(() => it.facts('event')).toHaveLength(1)
  it.log.write({kind: 'published', as: 'p3', mark: '~n.p3~', outcome: 'acked'})
  it.sockets[0]!.write('data: ~n.p3~\n\n')
  await settling
  expect(it.facts('settled')).toHaveLength(1)
  const trace = it.recorder.trace
  const last = trace.findLast((fact) => fact.kind === 'event')!.at
  const settled = trace.find((fact) => fact.kind === 'settled')!.at
  expect(settled - last).toBeGreaterThanOrEqual(20)
})

test('an event that does not come is waited for, and then the reader settles without it', async () => {
  const it = await listening(endings, (_, socket) => socket.write(head))
  await it.open()
  publishing(it, 'p1', 'acked')
  await it.driver.settle(it.log)
  const at = (kind: string): number => it.recorder.trace.find((fact) => fact.kind === kind)!.at
  expect(it.facts('settled')).toHaveLength(1)
  expect(at('settled') - at('published')).toBeGreaterThanOrEqual(150)
})

test('a stream that the server closed is opened again where resuming is claimed, at most five times', async () => {
  const bodies = ['id: 1\ndata: 1\n\n']
  const it = await listening(endings, (_, socket) => socket.end(head + (bodies.shift() ?? '')), {
    claims,
    limits: {quietMs: 5},
  })
  await it.open()
  await expect.poll(() => it.facts('closed')).toHaveLength(1)
  await it.driver.settle(it.log)
  expect(it.facts('settled')).toEqual([])
  expect(it.facts('request').map(({from, cursor}) => `${from} ${cursor}`)).toEqual([
    'live undefined',
    ...Array.from({length: 5}, () => 'last 1'),
  ])
})

test('neither a stream that was left nor one that cannot be resumed settles', async () => {
  const left = await listening(endings, (_, socket) => socket.write(head), {claims})
  await left.open()
  await left.leave('fin', 'settled')
  expect(left.facts('settled')).toHaveLength(1)
  await left.driver.settle(left.log)
  expect(left.facts('settled')).toHaveLength(1)
  const closed = await listening(endings, (_, socket) => socket.end(head))
  await closed.open()
  await expect.poll(() => closed.facts('closed')).toHaveLength(1)
  await closed.driver.settle(closed.log)
  expect(closed.facts('settled')).toEqual([])
  expect(closed.heads).toHaveLength(1)
})
