import type {Exchange} from './exchange.ts'
import type {Choices} from './simulated-choices.ts'
import {SimulatedEndpoint, type Act} from './simulated-endpoint.ts'

/** What a simulated client does, on a clock that only counts. */
export interface Plan {
  /** Writes in order; each waits so many ms, or until all that the server does has arrived. */
  readonly writes: readonly {readonly bytes: Buffer; readonly waitMs: number | 'drained'}[]
  /** How it leaves: it watches on, looks away at once, half-closes and watches, or resets. */
  readonly leaves: 'watches' | 'stops' | 'fin' | 'reset'
  /** How long the server takes for everything, ms. */
  readonly latencyMs: number
}

/** How long the client watches where it does. */
const watchMs = 10_000

/** One exchange between the client of `plan` and an endpoint of `choices`. */
export function simulate(plan: Plan, choices: Choices): Exchange {
  const endpoint = new SimulatedEndpoint(choices)
  const chunks: Exchange['chunks'][number][] = []
  let now = 0
  let pending: {at: number; act: Act}[] = []
  let end: Exchange['end'] | undefined
  const schedule = (acts: readonly Act[]): void => {
    for (const act of acts) {
      const later = typeof act === 'object' && 'finAfterMs' in act ? act.finAfterMs : 0
      pending.push({at: now + plan.latencyMs + later, act})
    }
    pending.sort((a, b) => a.at - b.at)
  }
  const arrive = (until: number): void => {
    const due = pending.filter(({at}) => at <= until)
    pending = pending.slice(due.length)
    for (const {at, act} of due) {
      if (end !== undefined) return
      if (typeof act === 'string') end = {how: act, by: 'server', at}
      else if ('finAfterMs' in act) end = {how: 'fin', by: 'server', at}
      else chunks.push({dir: 'in', at, bytes: act.write})
    }
  }
  for (const {bytes, waitMs} of plan.writes) {
    const last = pending.at(-1)?.at ?? now
    now = waitMs === 'drained' ? Math.max(now, last) : now + waitMs
    arrive(now)
    if (end !== undefined) break
    chunks.push({dir: 'out', at: now, bytes})
    schedule(endpoint.read(bytes))
  }
  const at = now
  if (plan.leaves === 'fin') schedule(endpoint.fin())
  if (plan.leaves === 'watches' || plan.leaves === 'fin') arrive(Infinity)
  const watchedMs = plan.leaves === 'stops' ? 0 : watchMs
  const left = {how: 'reset', by: 'client', at} as const
  const open = {how: 'open', by: 'none', at: now + watchedMs} as const
  return {
    chunks,
    end: end ?? (plan.leaves === 'reset' ? left : open),
    ...(plan.leaves === 'fin' && (end === undefined || end.at >= at) && {clientFin: at}),
    watchedMs,
    openedAt: 0,
  }
}
