import {afterEach, expect, test} from 'vitest'
import {response, targetWith, Endings} from './stage.test.support.ts'
import {channel, polling} from './poll/polling.test.support.ts'

const endings = new Endings()

afterEach(() => endings.end())

test('the last byte is kept back until it is released', async () => {
  const it = await polling(endings, channel([]), {}, {via: 'longpoll'})
  const held = it.perform({as: 'q', holdBack: true, wait: 0.5})
  await expect.poll(() => it.facts('out')).toHaveLength(1)
  expect(it.heads).toEqual([])
  expect(it.facts('sent')).toEqual([])
  await it.step({do: 'release', client: 'a'})
  await held
  expect(
    it
      .facts('out')
      .map(({bytes}) => bytes.length)
      .at(-1),
  ).toBe(1)
  expect(it.facts('request')).toMatchObject([{name: 'q', waitMs: 50, via: 'longpoll'}])
  expect(it.facts('sent')).toEqual([{kind: 'sent', client: 'a', request: 'q'}])
  expect(it.facts('answer')).toMatchObject([{ending: 'complete'}])
})

test('a release waits for the poll that it is about, and without one a held poll goes on by itself', async () => {
  const it = await polling(endings, channel([]), {
    limits: {deliverMs: 60, headMs: 60, handshakeMs: 60},
  })
  const first = it.perform({})
  const held = it.perform({holdBack: true})
  await it.step({do: 'release', client: 'a'})
  await Promise.all([first, held])
  await it.perform({holdBack: true})
  expect(it.facts('answer').map((fact) => fact.ending)).toEqual([
    'complete',
    'complete',
    'complete',
  ])
})

test('what is not released before the next poll goes out then', async () => {
  const it = await polling(endings, channel([]), {limits: {quietMs: 10_000}})
  const held = it.perform({as: 'q', holdBack: true})
  await expect.poll(() => it.facts('out')).toHaveLength(1)
  await it.perform({})
  await held
  expect(it.facts('sent').map(({request}) => request)).toEqual(['q', 'a.2'])
})

test.each([
  ['rst', 'cut'],
  ['fin', 'cut'],
  ['stall', 'cut'],
  ['half', 'timeout'],
] as const)('leaving a held poll by %s ends it as %s', async (how, ending) => {
  const it = await polling(endings, () => {}, {}, {via: 'longpoll'})
  const held = it.perform({wait: 1})
  await expect.poll(() => it.facts('sent')).toHaveLength(1)
  await it.step({do: 'leave', client: 'a', how})
  await held
  expect(it.facts('answer')).toMatchObject([{ending}])
})

test('a wait is sent in whole units, and never more than the longest', async () => {
  const {wait} = targetWith({}).longpoll!
  const it = await polling(
    endings,
    (_, socket) => socket.write(response(204, '')),
    {longpoll: {wait: {...wait, unit: 's', maxMs: 2500, defaultMs: 2500}}},
    {via: 'longpoll'},
  )
  for (const fraction of [0, 0.3, 1]) await it.perform({wait: fraction})
  await it.perform({})
  expect(it.heads.map((head) => /wait=(\d+)/.exec(head)?.[1])).toEqual(['0', '1', '2', undefined])
  expect(it.facts('request').map(({waitMs}) => waitMs)).toEqual([0, 1000, 2000, undefined])
})

test('the end of the case ends every poll at once', async () => {
  const it = await polling(endings, () => {}, {limits: {answerMs: 60_000}})
  const held = it.perform({})
  await expect.poll(() => it.facts('sent')).toHaveLength(1)
  it.over()
  await held
  await it.driver.end()
  expect(it.facts('answer')).toHaveLength(1)
})
