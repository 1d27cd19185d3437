import {expect, test} from 'vitest'
import type {Script} from '../script/script.ts'
import type {Target} from '../target.ts'
import type {Fact, Trace} from '../trace.ts'
import type {Arena} from './arena.ts'
import {preflight} from './preflight.ts'

const target = {
  ws: {echo: '/ecco'},
  webhook: {},
  publish: {request: {method: 'POST', path: '/chanels/{channel}'}, accepted: [[200, 299]]},
  limits: {headMs: 1000},
} as unknown as Target

/** An arena in which a script is answered by what `answer` says of it. */
function arenaWhere(answer: (script: Script) => Trace): Arena {
  return {
    target,
    play: (script: Script) => Promise.resolve({trace: answer(script)}),
  } as unknown as Arena
}

const handshake = (status: number): Fact => ({
  kind: 'handshake',
  at: 1,
  step: 0,
  client: 'a',
  conn: 'a.1',
  request: 'GET /ecco HTTP/1.1\r\nHost: h\r\n\r\n',
  response: `HTTP/1.1 ${status} x\r\n\r\n`,
  status,
  route: 'echo',
  ending: 'complete',
})

const wanted = new Set(['ws'] as const)
const isSmall = ([step]: Script): boolean => step?.do === 'open' && 'handshake' in step

test('where plain opening handshakes are refused, no check of a connection is tried', async () => {
  const silent = await preflight(
    arenaWhere(() => [handshake(404)]),
    wanted,
  )
  expect(silent.get('ws')).toBe(
    'a plain opening handshake is refused: GET /ecco HTTP/1.1 is answered 404, not 101 (is its path right? does it need headers?)',
  )
})

test('a server that takes one of the usual forms is tried, and blamed for the other', async () => {
  for (const taken of [true, false]) {
    const arena = arenaWhere((script) => [handshake(isSmall(script) === taken ? 101 : 400)])
    expect(await preflight(arena, wanted)).toEqual(new Map())
  }
})

test('a redirect, and a 200, are answers that the checks judge', async () => {
  for (const status of [101, 200, 302]) {
    const silent = await preflight(
      arenaWhere(() => [handshake(status)]),
      wanted,
    )
    expect(silent).toEqual(new Map())
  }
})

const published = (outcome: 'acked' | 'refused' | 'unknown', status?: number): Fact => ({
  kind: 'published',
  at: 2,
  step: 0,
  as: 'p1',
  mark: '~n.p1~',
  outcome,
  ...(status !== undefined && {status}),
})

const publishing = new Set(['publish'] as const)

test('where no event is accepted, what needs one is not tried', async () => {
  for (const [outcome, status] of [
    ['refused', 404],
    ['unknown', 500],
    ['unknown', '200 without an end'],
  ] as const) {
    const silent = await preflight(
      arenaWhere(() => [published(outcome, Number.parseInt(`${status}`))]),
      publishing,
    )
    expect(silent.get('publish')).toBe(
      `publishing is not accepted: POST /chanels/{channel} is answered ${status}`,
    )
  }
})

test('a channel that comes into being with its first reader is tried', async () => {
  const scripts: Script[] = []
  const arena = arenaWhere((script) => {
    scripts.push(script)
    return [script.length > 1 ? published('acked', 201) : published('refused', 404)]
  })
  expect(await preflight(arena, publishing)).toEqual(new Map())
  expect(scripts.at(-1)).toEqual([
    {do: 'open', client: 'webhook', via: 'webhook'},
    {do: 'publish', as: 'p1'},
  ])
})

test('a publish whose fate no answer tells is no reason', async () => {
  expect(
    await preflight(
      arenaWhere(() => [published('unknown')]),
      publishing,
    ),
  ).toEqual(new Map())
})
