import {afterEach, expect, test} from 'vitest'
import {drain} from '../drain.ts'
import {response, Endings} from '../stage.test.support.ts'
import {channel, polling, whole} from './polling.test.support.ts'

const endings = new Endings()

afterEach(() => endings.end())

test('a short poll settles when it was empty twice', async () => {
  const it = await polling(endings, channel(['~n.p1~', '~n.p2~', '~n.p3~']))
  await it.driver.settle(it.log)
  expect(it.facts('answer').map(({count}) => count)).toEqual([3, 0, 0])
  expect(it.facts('settled')).toHaveLength(1)
})

test('an empty answer that says that there is more settles nothing', async () => {
  let pages = 0
  const it = await polling(endings, (_, socket) => {
    pages += 1
    const events = pages === 3 ? [{id: '1', data: '~n.p1~'}] : []
    socket.write(response(200, JSON.stringify({events, cursor: `${pages}`, more: pages < 3})))
  })
  await it.driver.settle(it.log)
  expect(it.facts('answer').map(({count}) => count)).toEqual([0, 0, 1, 0, 0])
  expect(it.facts('settled')).toHaveLength(1)
})

test('an answer that gives again what stands at its cursor settles, one with a new event there does not', async () => {
  const log = ['~n.p1~', '~n.p2~']
  let polls = 0
  const it = await polling(
    endings,
    (_, socket) => {
      // Both events stand at the cursor 7; the second one comes later.
      const events = log.slice(0, ++polls < 3 ? 1 : 2).map((data) => ({id: '7', data}))
      socket.write(response(200, JSON.stringify({events, cursor: '7'})))
    },
    {
      poll: {
        cursor: {
          send: [{query: 'since'}],
          receive: [{body: '/cursor'}],
          start: 'oldest',
          onGarbage: 'start',
          inclusive: true,
          kind: 'replay',
          opaque: true,
        },
      },
    },
  )
  await it.driver.settle(it.log)
  expect(it.facts('answer').map(({count}) => count)).toEqual([1, 1, 2, 2, 2])
  expect(it.facts('settled')).toHaveLength(1)
})

test('a long poll settles when it was held and stayed empty', async () => {
  const it = await polling(
    endings,
    ({head}, socket) => setTimeout(() => channel(['~n.p1~'])({head, body: ''}, socket), 1),
    {},
    {via: 'longpoll'},
  )
  await it.driver.settle(it.log)
  expect(it.facts('answer').map(({count}) => count)).toEqual([1, 0])
  expect(it.facts('request')[1]).toMatchObject({waitMs: 20})
  expect(it.facts('settled')).toHaveLength(1)
})

test('a settle waits until a publish must be visible', async () => {
  const it = await polling(endings, channel([]), {poll: {visibilityMs: 30}})
  it.log.write({
    kind: 'publishing',
    as: 'p',
    mark: '~n.p~',
    by: 'w',
    channel: 'c-main',
    payload: '',
  })
  const settling = it.driver.settle(it.log)
  it.log.write({kind: 'published', as: 'p', mark: '~n.p~', outcome: 'acked'})
  await settling
  const asked = it.recorder.trace.find((fact) => fact.kind === 'request')!.at
  const acked = it.recorder.trace.find((fact) => fact.kind === 'published')!.at
  expect(asked - acked).toBeGreaterThanOrEqual(30)
})

test('what fails does not settle', async () => {
  const it = await polling(endings, (_, socket) => socket.write(response(500, '')))
  await it.driver.settle(it.log)
  const endless = await polling(endings, (_, socket) => socket.write(response(200, whole)))
  await endless.driver.settle(endless.log)
  expect([...it.facts('settled'), ...endless.facts('settled')]).toEqual([])
})

test('a drain reads everything twice', async () => {
  const it = await polling(endings, channel(['~n.p1~', '~n.p2~', 'noise']))
  await drain(it.play, {do: 'drain', client: 'd', via: 'poll'}, it.log)
  expect(it.facts('drained')).toEqual([
    {kind: 'drained', client: 'd', channel: 'c-main', marks: ['~n.p1~', '~n.p2~']},
  ])
  expect(it.facts('request').map(({client, from}) => `${client} ${from}`)).toEqual([
    'd start',
    'd last',
    'd last',
    'd start',
    'd last',
    'd last',
  ])
})

test('two drains that differ are both told, and one that fails is not', async () => {
  let requests = 0
  const it = await polling(endings, (request, socket) => {
    requests += 1
    channel(requests > 3 ? ['~n.p1~', '~n.p2~'] : ['~n.p1~'])(request, socket)
  })
  await drain(it.play, {do: 'drain', client: 'd', via: 'poll'}, it.log)
  expect(it.facts('drained').map(({marks}) => marks)).toEqual([['~n.p1~'], ['~n.p1~', '~n.p2~']])
  const dead = await polling(endings, (_, socket) => socket.destroy())
  await drain(dead.play, {do: 'drain', client: 'd', via: 'poll'}, dead.log)
  expect(dead.facts('drained')).toEqual([])
})
