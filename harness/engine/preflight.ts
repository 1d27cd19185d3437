import type {Script} from '../script/script.ts'
import {declared, statusIn, type Mechanism, type Target} from '../target.ts'
import type {Trace} from '../trace.ts'
import type {Arena} from './arena.ts'

/** What is knocked at: a mechanism, or the endpoint that takes events. */
export type Knocked = Mechanism | 'publish'

/**
 * Knocks at every mechanism and publishes once before anything is generated, and answers why one cannot be tried:
 * a target that never answers ends in a sentence and not in hours of time-outs.
 */
export async function preflight(
  arena: Arena,
  wanted: ReadonlySet<Knocked>,
): Promise<ReadonlyMap<Knocked, string>> {
  const silent = new Map<Knocked, string>()
  const {target} = arena
  const doors: Knocked[] = [...declared(target), ...(target.publish ? ['publish' as const] : [])]
  await Promise.all(
    doors
      .filter((door) => wanted.has(door))
      .map(async (door) => {
        const because = await knock(arena, door)
        if (because) silent.set(door, because)
      }),
  )
  return silent
}

async function knock(arena: Arena, door: Knocked): Promise<string | undefined> {
  const {target} = arena
  let because: string | undefined
  for (const script of knocks(door, target)) {
    const played = await arena.play(script)
    if ('died' in played) return undefined
    because = door === 'publish' ? unaccepted(played.trace, target) : silence(played.trace, target)
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

/** Two scripts that ask for something once; what fails in both cannot be tried. */
function knocks(door: Knocked, target: Target): readonly [Script, Script] {
  const twice = (...script: Script): readonly [Script, Script] => [script, script]
  switch (door) {
    case 'publish': {
      // A channel may come into being with its first reader.
      const readers = declared(target).flatMap((mechanism): Script => {
        if (mechanism !== 'ws') return knocks(mechanism, target)[0]
        const open = {do: 'open', client: 'a', via: 'ws', route: 'subscribe'} as const
        return target.ws?.subscribe ? [open] : []
      })
      const apart = readers.map((step) => ('via' in step ? {...step, client: step.via} : step))
      const publish = {do: 'publish', as: 'p1'} as const
      return [[publish], [...apart, publish]]
    }
    case 'poll':
    case 'longpoll':
      return twice(
        {do: 'open', client: 'a', via: door},
        {do: 'poll', client: 'a', ...(door === 'longpoll' && {wait: 0.1})},
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

/** Why no event can be published, if so: it is answered, and not as the description says. */
function unaccepted(trace: Trace, {publish}: Target): string | undefined {
  const published = trace.find((fact) => fact.kind === 'published')
  if (published?.kind !== 'published' || published.outcome === 'acked') return undefined
  const {status} = published
  if (status === undefined || !publish) return undefined
  const {method, path} = publish.request
  const answered = statusIn(publish.accepted, status) ? `${status} without an end` : `${status}`
  return `publishing is not accepted: ${method} ${path} is answered ${answered}`
}
