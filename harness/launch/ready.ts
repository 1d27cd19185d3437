import {get} from 'node:http'
import {get as getTls} from 'node:https'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Ready} from './normalise/start.ts'
import {accepts} from './ports.ts'

/** Time between two tries, and the longest that one may take, in ms. */
const betweenMs = 20
const tryMs = 1000

export interface Waiting {
  readonly origins: readonly string[]
  readonly ready: Ready
  /** All that this run of the program has written lately. */
  readonly output: () => string
  /** True once the program has ended: then there is nothing to wait for. */
  readonly over: () => boolean
  readonly signal: AbortSignal
}

/**
 * Waits for a target to be ready: `ready`, `over` (its program ended), `late` (out of time) or
 * `aborted`.
 */
export async function awaitReady(waiting: Waiting): Promise<'ready' | 'over' | 'late' | 'aborted'> {
  const {ready, over, signal} = waiting
  const deadline = performance.now() + ready.timeoutMs
  for (;;) {
    const is = await isReady(waiting)
    if (signal.aborted) return 'aborted'
    if (over()) return 'over'
    if (is) return 'ready'
    if (performance.now() >= deadline) return 'late'
    await sleep(betweenMs)
  }
}

/** What is waited for, in words. */
export function describeReady({probe}: Ready): string {
  if ('http' in probe) return `GET ${probe.http} to be answered below 500`
  if ('log' in probe) return `a line of its output to match /${probe.log}/`
  return 'its port to open'
}

async function isReady({origins, ready, output}: Waiting): Promise<boolean> {
  const {probe} = ready
  if ('log' in probe) return new RegExp(probe.log, 'm').test(output())
  const tries = origins.map((origin) =>
    'http' in probe ? answers(`${origin}${probe.http}`) : accepts(origin, tryMs),
  )
  return (await Promise.all(tries)).every(Boolean)
}

/** Whether a GET is answered with any status below 500. Certificates do not matter here. */
async function answers(url: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const options = {agent: false, timeout: tryMs, rejectUnauthorized: false} as const
    const request = (url.startsWith('https:') ? getTls : get)(url, options, (response) => {
      resolve((response.statusCode ?? 500) < 500)
      response.destroy()
    })
    request.once('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', () => resolve(false))
  })
}
