import {expect, test} from 'vitest'
import type {CursorRef} from '../../script/common.ts'
import type {OpenWs} from '../../script/ws.ts'
import type {Play} from '../driver.ts'
import {Marks} from '../marks.ts'
import {routeTarget, type Positions} from './route.ts'

const play = {
  marks: new Marks('n'),
  channel: (name = 'main') => `ps n/${name}`,
} as unknown as Play

const known: Positions = {
  lastId: '4',
  sentCursor: '2',
  idOf: (name) => (name === 'p1' ? 'a b' : undefined),
}
const nothing: Positions = {lastId: undefined, sentCursor: undefined, idOf: () => undefined}

const path = '/c/{channel}/ws?since={cursor}&v=1'

function asked(cursor?: CursorRef, positions = known): [string, string, string?] | undefined {
  const step: OpenWs = {do: 'open', client: 'a', via: 'ws', route: 'subscribe'}
  const target = routeTarget(play, path, {...step, ...(cursor && {cursor})}, positions)
  return target && ([target.path, target.from, ...(target.cursor ? [target.cursor] : [])] as never)
}

test('channel and cursor are percent-encoded, an absent cursor is left out', () => {
  expect(asked()).toEqual(['/c/ps%20n%2Fmain/ws?v=1', 'live'])
  expect(asked({of: 'p1'})).toEqual(['/c/ps%20n%2Fmain/ws?since=a%20b&v=1', 'named', 'a b'])
})

test('a reader goes on where it was, or begins anew where it was nowhere', () => {
  expect(asked('last')).toEqual(['/c/ps%20n%2Fmain/ws?since=4&v=1', 'last', '4'])
  expect(asked('same')).toEqual(['/c/ps%20n%2Fmain/ws?since=2&v=1', 'same', '2'])
  expect(asked('last', nothing)).toEqual(['/c/ps%20n%2Fmain/ws?v=1', 'last'])
  expect(asked('start')).toEqual(['/c/ps%20n%2Fmain/ws?v=1', 'start'])
  expect(asked('none')?.[1]).toBe('live')
})

test('a reference that does not resolve asks nothing', () => {
  expect(asked({of: 'p2'})).toBeUndefined()
  expect(asked({forged: 'ill-formed-utf8'})).toBeUndefined()
})

test('a forged cursor is made from the last one', () => {
  expect(asked({forged: 'trailing'})).toEqual(['/c/ps%20n%2Fmain/ws?since=4x&v=1', 'forged', '4x'])
})

test('an unknown path is one that no description has', () => {
  const step: OpenWs = {do: 'open', client: 'a', via: 'ws', route: 'echo'}
  const target = routeTarget(play, path, {...step, handshake: {path: 'unknown'}}, known)
  expect(target?.path).toBe('/pushspec-unknown-n')
})
