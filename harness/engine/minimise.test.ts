import fc from 'fast-check'
import {expect, test} from 'vitest'
import {payloadText} from '../script/common.ts'
import type {Script} from '../script/script.ts'
import {minimise, simplerScripts} from './minimise.ts'

const budget = {
  runs: 2000,
  ms: 10_000,
  parallel: 4,
  signal: new AbortController().signal,
  values: true,
}

const publish = (as: string, payload = ''): Script[number] => ({do: 'publish', as, payload})

test('steps that do not matter are left out', async () => {
  const script = [...Array(20).keys()].map((index) => publish(`p${index}`))
  const fails = async (one: Script): Promise<boolean> => {
    const names = one.map((step) => ('as' in step ? step.as : ''))
    return names.includes('p3') && names.includes('p11') && names.includes('p17')
  }
  const bare = ['p3', 'p11', 'p17'].map((as) => ({do: 'publish', as}))
  expect(await minimise(script, fails, budget)).toEqual(bare)
})

test('a text is cut down to what matters', async () => {
  const fails = async (one: Script): Promise<boolean> =>
    one.some((step) => step.do === 'publish' && payloadText(step.payload).includes('\r'))
  expect(await minimise([publish('p1', 'héllo\r wörld'), publish('p2')], fails, budget)).toEqual([
    publish('p1', '\r'),
  ])
})

test('a field of a handshake goes or stays with its value', () => {
  const open = (...fields: [string, string][]): Script => [
    {do: 'open', client: 'a', via: 'ws', route: 'echo', handshake: {fields}},
  ]
  const two = open(['Host', 'a'], ['Upgrade', 'b'])
  const lists = simplerScripts(two).map((script) => JSON.stringify(script))
  expect(lists).toContain(JSON.stringify(open(['Host', 'a'])))
  expect(lists).toContain(JSON.stringify(open(['Upgrade', 'b'])))
  expect(
    lists.filter((list) => list.includes('"fields":[["Host"]') || list.includes('[["a"]')),
  ).toEqual([])
})

test('every candidate is smaller, so that the search ends', () => {
  const size = (value: unknown): number => JSON.stringify(value).length
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.record({do: fc.constant('pause'), of: fc.constant('quiet'), times: fc.nat(1000)}),
          fc.record({do: fc.constant('publish'), as: fc.string(), payload: fc.string()}),
        ),
        {maxLength: 5, size: 'max'},
      ),
      (script) => {
        for (const simpler of simplerScripts(script)) {
          expect(size(simpler)).toBeLessThanOrEqual(size(script))
          expect(simpler).not.toEqual(script)
        }
      },
    ),
  )
})

test('the budget of runs is kept', async () => {
  let runs = 0
  const script = [...Array(64).keys()].map((index) => publish(`p${index}`))
  await minimise(script, async () => ++runs % 2 === 0, {...budget, runs: 30})
  expect(runs).toBeLessThanOrEqual(30 + budget.parallel)
})
