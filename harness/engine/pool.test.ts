import {setImmediate as turn} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {runAll} from './pool.ts'

const limits = {working: 2, open: 10, ratePerS: 100_000}
const never = new AbortController().signal

test('no more tasks work at a time than there are slots', async () => {
  let working = 0
  let most = 0
  await runAll([...Array(20).keys()], limits, never, async () => {
    most = Math.max(most, ++working)
    await turn()
    working--
  })
  expect(most).toBe(2)
})

test('a task that waits leaves its slot to others', async () => {
  let waiting = 0
  let most = 0
  await runAll([...Array(10).keys()], limits, never, async (_, slot) => {
    slot.give()
    most = Math.max(most, ++waiting)
    for (let turns = 0; turns < 50; turns++) await turn()
    waiting--
    await slot.take()
  })
  expect(most).toBe(10)
})

test('a task that throws ends the run with its error, and others are done by then', async () => {
  let done = 0
  const run = runAll([0, 1, 2, 3], limits, never, async (task) => {
    await turn()
    if (task === 1) throw new Error('a fault')
    done++
  })
  await expect(run).rejects.toThrow('a fault')
  expect(done).toBeGreaterThan(0)
})

test('an aborted run begins nothing more', async () => {
  const stop = new AbortController()
  let begun = 0
  await runAll([...Array(100).keys()], limits, stop.signal, async () => {
    if (++begun === 5) stop.abort()
    await turn()
  })
  expect(begun).toBeLessThan(10)
})

test('an aborted run with one slot waits for who gave it away, and ends', async () => {
  const stop = new AbortController()
  const ended: number[] = []
  await runAll([0, 1, 2], {...limits, working: 1}, stop.signal, async (task, slot) => {
    if (task === 1) stop.abort()
    slot.give()
    for (let turns = 0; turns < 50; turns++) await turn()
    await slot.take()
    ended.push(task)
  })
  expect(ended).toEqual([0, 1])
})
