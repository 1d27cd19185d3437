import {setTimeout as sleep} from 'node:timers/promises'
import {minimise} from '../engine/minimise.ts'
import type {Script, Step} from '../script/script.ts'

/** What one play of a script waits, in ms. */
const waitMs = 100
/** The engine's own bounds on shrinking one finding. */
const budget = {runs: 400, ms: 15_000, parallel: 8, values: true}
/** The steps without which nothing fails, in this order. */
const needed = ['p4', 'p11', 'p17']

/** Time in ms to shrink a script of 20 steps, each play of which waits 100 ms, to the three steps that fail. Throws when it ends elsewhere. */
export async function shrinkingMs(): Promise<number> {
  const script: Script = Array.from({length: 20}, (_, index): Step => ({
    do: 'publish',
    as: `p${index}`,
    payload: 'some text',
  }))
  const stillFails = async (candidate: Script): Promise<boolean> => {
    await sleep(waitMs)
    const names = candidate.flatMap((step) => (step.do === 'publish' ? [step.as] : []))
    return needed.every((name) => names.includes(name))
  }
  const start = performance.now()
  const shortest = await minimise(script, stillFails, {
    ...budget,
    signal: new AbortController().signal,
  })
  const ms = performance.now() - start
  const minimum = JSON.stringify(needed.map((as) => ({do: 'publish', as})))
  if (JSON.stringify(shortest) !== minimum)
    throw new Error(`shrunk to ${JSON.stringify(shortest)} and not to ${minimum}`)
  return ms
}
