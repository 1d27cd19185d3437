/** The WebSocket connections of a trace in the words of the models: one exchange and one handshake each. */
import type {Target} from '../../target.ts'
import {memo, only, type FactOf, type Trace} from '../../trace.ts'
import {judgeExchange, type Chunk, type Exchange, type Judgement, type Terms} from './endpoint.ts'
import {lagOf} from './lag.ts'
import {judgeHandshake, type HandshakeJudgement} from './handshake.ts'

/** One connection, with what the models say of it. */
export interface Connection {
  readonly client: string
  readonly conn: string
  readonly handshake: FactOf<'handshake'>
  readonly handshakeJudged: HandshakeJudgement
  /** Absent when the connection was not upgraded, unless that is an answer to early frames. */
  readonly judged?: Judgement
  /** Index in the trace of each chunk of the exchange. */
  readonly chunks: readonly number[]
}

/** Every WebSocket connection of a trace, judged once. */
export const connections: (trace: Trace, target: Target) => readonly Connection[] = memo(
  (trace, target) =>
    only(trace, 'handshake').map((handshake) => {
      const {client, conn} = handshake
      const handshakeJudged = judgeHandshake(
        handshakeOf(trace, handshake),
        target.limits.handshakeMs,
      )
      const judged = {client, conn, handshake, handshakeJudged}
      if (handshake.status !== 101) return {...judged, chunks: [], ...refusedEarly(handshake)}
      const {exchange, chunks} = exchangeOf(trace, handshake, target)
      const due = terms(target, handshake.route, lagOf(trace))
      return {...judged, chunks, judged: judgeExchange(exchange, due)}
    }),
)

/** Frames before the 101 may be met by a refusal: the rule was tried, and held. */
function refusedEarly({early, ending}: FactOf<'handshake'>): Pick<Connection, 'judged'> {
  if (early === undefined || ending === 'timeout') return {}
  return {judged: {exercised: new Set(['early-data']), notes: ['refused with its early frames']}}
}

/** What the target declares about one of its routes; each of its limits is lengthened by `lagMs`. */
export function terms({ws, limits}: Target, route: string, lagMs = 0): Terms {
  const {failMs, closeMs, tcpCloseMs, pongMs} = limits
  return {
    echo: route === 'echo',
    textOnly: ws?.textOnly ?? false,
    ...(ws?.maxMessage !== undefined && {maxMessage: ws.maxMessage}),
    guaranteedMessage: ws?.guaranteedMessage ?? 0,
    strict: ws?.strictLengths ?? false,
    limits: {
      failMs: failMs + lagMs,
      closeMs: closeMs + lagMs,
      tcpCloseMs: tcpCloseMs + lagMs,
      pongMs: pongMs + lagMs,
      ...(ws?.closeTimeoutMs !== undefined && {
        unansweredMs: ws.closeTimeoutMs + tcpCloseMs + lagMs,
      }),
    },
  }
}

function handshakeOf(
  trace: Trace,
  handshake: FactOf<'handshake'>,
): Parameters<typeof judgeHandshake>[0] {
  const mine = trace.filter((fact) => 'conn' in fact && fact.conn === handshake.conn)
  const out = only(mine, 'out').filter((fact) => fact.at <= handshake.at)
  const ended = mine.find((fact) => isEnd(fact) && fact.by === 'server')
  const lastOut = out.at(-1)?.at ?? handshake.at
  let offset = 0
  const begins = out.map(({bytes}) => (offset += bytes.length) - bytes.length)
  return {
    request: handshake.request,
    pieces: begins.filter((at) => at < handshake.request.length).length,
    early: handshake.early !== undefined,
    response: Buffer.from(handshake.response, 'latin1'),
    end: ended?.kind === 'fin' ? 'fin' : ended?.kind === 'reset' ? 'reset' : 'open',
    watchedMs: Math.max(handshake.at, mine.at(-1)?.at ?? 0) - lastOut,
    knownPath: handshake.route !== 'unknown',
  }
}

function isEnd(fact: Trace[number]): fact is FactOf<'fin'> | FactOf<'reset'> {
  return fact.kind === 'fin' || fact.kind === 'reset'
}

/** What went over one connection behind its 101, and where in the trace. */
function exchangeOf(
  trace: Trace,
  handshake: FactOf<'handshake'>,
  target: Target,
): {exchange: Exchange; chunks: number[]} {
  const from = trace.indexOf(handshake)
  const early = handshake.early
  const chunks: (Chunk & {index: number})[] = early
    ? [{dir: 'out', at: handshake.at, bytes: Buffer.from(early, 'latin1'), index: from}]
    : []
  let end: Exchange['end'] | undefined
  let clientFin: number | undefined
  for (let index = from + 1; index < trace.length; index++) {
    const fact = trace[index]!
    if (!('conn' in fact) || fact.conn !== handshake.conn) continue
    if (fact.kind === 'out' || fact.kind === 'in')
      chunks.push({dir: fact.kind, at: fact.at, bytes: Buffer.from(fact.bytes, 'latin1'), index})
    else if (isEnd(fact) && fact.by === 'server')
      end ??= {how: fact.kind, by: 'server', at: fact.at}
    else if (fact.kind === 'fin') clientFin ??= fact.at
    else if (fact.kind === 'reset') end ??= {how: 'reset', by: 'client', at: fact.at}
    else if (fact.kind === 'closed' && fact.by === 'client')
      end ??= {how: 'fin', by: 'client', at: fact.at}
  }
  const last = trace.at(-1)?.at ?? 0
  const lastOut = chunks.findLast(({dir}) => dir === 'out')?.at ?? handshake.at
  const trigger = target.ws?.closeTrigger
  const triggered = trigger === undefined ? undefined : triggeredAt(chunks, trigger)
  const died = diedAfter(trace, handshake.conn, end?.at ?? last)
  return {
    chunks: chunks.map(({index}) => index),
    exchange: {
      chunks,
      end: end ?? {how: 'open', by: 'none', at: last},
      ...(clientFin !== undefined && {clientFin}),
      watchedMs: Math.max(0, last - lastOut),
      ...(died !== undefined && {died}),
      openedAt: handshake.at,
      ...(early && {earlyBytes: early.length}),
      ...(triggered !== undefined && {closeTriggeredAt: triggered}),
    },
  }
}

/** Whether the process ended; false when another connection was served that asked behind `at`; undefined when nobody did. */
function diedAfter(trace: Trace, conn: string, at: number): boolean | undefined {
  if (only(trace, 'died').length > 0) return true
  const asking = new Set<string>()
  for (const fact of trace) {
    if (fact.kind === 'out' && fact.conn !== conn && fact.at >= at) asking.add(fact.conn)
    if (fact.kind === 'in' && asking.has(fact.conn)) return false
  }
  return undefined
}

/** When the message went out whole that asks the server to begin the closing handshake. */
function triggeredAt(chunks: readonly Chunk[], trigger: string): number | undefined {
  return chunks.find(({dir, bytes}) => dir === 'out' && unmasked(bytes).includes(trigger))?.at
}

/** The payload of the one masked frame with a short length that a chunk holds; '' for anything else. */
function unmasked(bytes: Buffer): string {
  const length = (bytes[1] ?? 0) & 0x7f
  if (bytes.length !== 6 + length || length > 125 || bytes[0] !== 0x81) return ''
  return Buffer.from(
    bytes.subarray(6).map((octet, index) => octet ^ bytes[2 + (index % 4)]!),
  ).toString()
}
