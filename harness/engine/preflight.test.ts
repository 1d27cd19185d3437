import {expect, test} from 'vitest'
import type {Script} from '../script/script.ts'
import type {Target} from '../target.ts'
import type {Fact, Trace} from '../trace.ts'
import type {Arena} from './arena.ts'
import {preflight} from './preflight.ts'

const target = {ws: {echo: '/ecco'}, limits: {headMs: 1000}} as unknown as Target

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
