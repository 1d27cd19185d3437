import type {Script} from '../script/script.ts'
import {declared, type Mechanism, type Target} from '../target.ts'
import type {Trace} from '../trace.ts'
import type {Arena} from './arena.ts'

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
        const because = await knock(arena, knocks(mechanism, target))
        if (because) silent.set(mechanism, because)
      }),
  )
  return silent
}

async function knock(arena: Arena, scripts: readonly Script[]): Promise<string | undefined> {
  let because: string | undefined
  for (const script of scripts) {
    const played = await arena.play(script)
    if ('died' in played) return undefined
    because = silence(played.trace, arena.target)
    if (!because) return undefined
  }
  return because
}

/** The opening request in the tokens that some clients write small. */
const small: readonly [string, string][] = [
  ['connection', 'keep-alive, upgrade'],
  ['upgrade', 'websocket'],
  ['sec-websocket-version', '13'],
  ['sec-websocket-key', '{key}'],
]

/** Two scripts of one client that asks for something once; what fails in both cannot be tried. */
function knocks(mechanism: Mechanism, target: Target): readonly [Script, Script] {
  const twice = (...script: Script): readonly [Script, Script] => [script, script]
  switch (mechanism) {
    case 'poll':
    case 'longpoll':
      return twice(
        {do: 'open', client: 'a', via: mechanism},
        {do: 'poll', client: 'a', ...(mechanism === 'longpoll' && {wait: 0.1})},
      )
    case 'sse':
      return twice({do: 'open', client: 'a', via: 'sse'})
    case 'ws': {
      const route = target.ws?.plain ? 'plain' : target.ws?.echo ? 'echo' : 'subscribe'
      const open = {do: 'open', client: 'a', via: 'ws', route} as const
      return [[open], [{...open, handshake: {fields: small}}]]
    }
    case 'webhook':
      return twice({do: 'open', client: 'a', via: 'webhook'})
  }
}

/**
 * Why a mechanism cannot be tried, if so: nothing was heard, or a plain opening handshake is met by an
 * error, behind which no check of a handshake or a connection says anything of its own rule (RFC 6455
 * section 4.2.2: a server may turn a client away). Any other response at all is an answer.
 */
function silence(trace: Trace, target: Target): string | undefined {
  const turnedAway = trace.find((fact) => fact.kind === 'handshake' && (fact.status ?? 0) >= 400)
  if (turnedAway?.kind === 'handshake') {
    const [asked] = turnedAway.request.split('\r\n')
    return `a plain opening handshake is refused: ${asked} is answered ${turnedAway.status}, not 101 (is its path right? does it need headers?)`
  }
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
