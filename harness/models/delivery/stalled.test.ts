import {expect, test} from 'vitest'
import type {Fact, Trace} from '../../trace.ts'
import {stalledAt} from './stalled.ts'

const opened = {
  kind: 'opened',
  client: 'a',
  conn: 'a.1',
  via: 'ws',
  request: 'a.1',
  from: 'live',
} as const
const closed = {kind: 'closed', client: 'a', conn: 'a.1', by: 'client'} as const

function trace(...facts: object[]): Trace {
  return facts.map((fact, at) => ({at, step: 0, ...fact})) as Fact[]
}

test('a reader whose stream the client closed with its connection left open stands still', () => {
  const all = trace(opened, closed, {kind: 'fin', conn: 'a.1', by: 'client'})
  expect(stalledAt(all, 'ws')).toBe(1)
  expect(stalledAt(all, 'sse')).toBe(Infinity)
})

test('one that ended its connection has left', () => {
  expect(stalledAt(trace(opened, {kind: 'fin', conn: 'a.1', by: 'client'}, closed), 'ws')).toBe(
    Infinity,
  )
  expect(stalledAt(trace(opened, {...closed, by: 'server'}), 'ws')).toBe(Infinity)
})
