import type {Script} from '../script/script.ts'
import {declared, type Mechanism, type Target} from '../target.ts'
import type {Trace} from '../trace.ts'
import type {Arena} from './arena.ts'

/** Tries before a mechanism is held to be silent. */
const tries = 2

/**
 * Knocks at every mechanism once before anything is generated, and answers why one cannot be tried:
 * a target that never answers ends in a sentence and not in hours of time-outs.
 */
export async function preflight(
  arena: Arena,
  wanted: ReadonlySet<Mechanism>,
): Promise<ReadonlyMap<Mechanism, string>> {
  const silent = new Map<Mechanism, string>()
  const {target} = arena
  await Promise.all(
    declared(target)
      .filter((mechanism) => wanted.has(mechanism))
      .map(async (mechanism) => {
        const because = await knock(arena, knocking(mechanism, target))
        if (because) silent.set(mechanism, because)
      }),
  )
  return silent
}

async function knock(arena: Arena, script: Script): Promise<string | undefined> {
  let because: string | undefined
  for (let attempt = 0; attempt < tries; attempt++) {
    const played = await arena.play(script)
    if ('died' in played) return undefined
    because = silence(played.trace, arena.target)
    if (!because) return undefined
  }
  return because
}

/** One client that asks for something once. */
function knocking(mechanism: Mechanism, target: Target): Script {
  switch (mechanism) {
    case 'poll':
    case 'longpoll':
      return [
        {do: 'open', client: 'a', via: mechanism},
        {do: 'poll', client: 'a', ...(mechanism === 'longpoll' && {wait: 0.1})},
      ]
    case 'sse':
      return [{do: 'open', client: 'a', via: 'sse'}]
    case 'ws': {
      const route = target.ws?.plain ? 'plain' : target.ws?.echo ? 'echo' : 'subscribe'
      return [{do: 'open', client: 'a', via: 'ws', route}]
    }
    case 'webhook':
      return [{do: 'open', client: 'a', via: 'webhook'}]
  }
}

/** Why nothing was heard, if nothing was: any response at all is an answer. */
function silence(trace: Trace, target: Target): string | undefined {
  const heard = trace.some(
    (fact) =>
      fact.kind === 'response' ||
      fact.kind === 'registered' ||
      (fact.kind === 'handshake' && fact.response.length > 0),
  )
  if (heard) return undefined
  const unregistered = trace.find(
    (fact) => fact.kind === 'gaveUp' && fact.what.startsWith('registering'),
  )
  if (unregistered?.kind === 'gaveUp') return `it did not answer well: ${unregistered.what}`
  const refused = trace.find((fact) => fact.kind === 'refused')
  if (refused) return `the connection was refused (${refused.error})`
  const reset = trace.find((fact) => fact.kind === 'reset' && fact.by === 'server')
  if (reset) return 'it resets the connection without a response'
  const read = trace.find((fact) => fact.kind === 'in')
  if (read) return 'what it sends is no HTTP response'
  const ended = trace.find((fact) => fact.kind === 'fin' && fact.by === 'server')
  if (ended) return 'it closes the connection without a response'
  return `it did not answer within ${target.limits.headMs} ms`
}
