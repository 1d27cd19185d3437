import {expect, test} from 'vitest'
import type {Service} from '../clients/service.ts'
import type {Target} from '../target.ts'
import {Arena, type Source} from './arena.ts'

test('a target that is given up is not taken for dead when it lives', async () => {
  const target = {limits: {}} as unknown as Target
  let lives = 30
  const source: Source = {
    target,
    open: async () => ({
      service: {target, origins: [], headers: {}, hooks: {}} satisfies Service,
      died: lives-- > 0 ? Promise.resolve({code: 7}) : new Promise(() => {}),
      log: () => '',
      stop: async () => {},
    }),
  }
  const arena = new Arena(source, 'n', new AbortController().signal)
  for (let life = 0; life < 30; life++) expect(await arena.play([])).toEqual({died: {code: 7}})
  expect(arena.givenUp).toBe(true)
  expect(await arena.play([])).toMatchObject({trace: [{kind: 'ended'}]})
})
