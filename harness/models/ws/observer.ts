import type {Ping} from './client-facts.ts'
import {ClientStream} from './client-stream.ts'
import type {CloseBody} from './close-body.ts'
import type {Charge} from './attribution.ts'
import type {Break, Exchange, Terms} from './exchange.ts'
import type {RuleName} from './rules.ts'
import {ServerStream} from './server-stream.ts'

/** A first write within this time of the 101 counts as sent at once, ms. */
const readyMs = 5

/**
 * Everything known at one instant of an exchange. Judging goes forward in time and never back: what
 * breaks, breaks at an instant from what was seen until then, so that it stays broken whatever comes.
 */
export interface Observer {
  readonly exchange: Exchange
  readonly terms: Terms
  readonly client: ClientStream
  readonly server: ServerStream
  readonly exercised: Set<RuleName>
  readonly notes: string[]
  broken: Break | undefined
  /** The present, ms, and the chunk that is being looked at. */
  now: number
  chunk: number | undefined
  /** When the last owed echo or pong came, or a part of the next echo, ms. */
  progressAt: number
  /** How many messages have been echoed. */
  echoed: number
  /** Index of the last client frame that an echo, and that an echo or pong, shows was handled. */
  echoedFrame: number
  handledFrame: number
  /** Pings answered or excused so far, as a count; the place where the next pong may match. */
  answered: number
  pongPlace: number
  readonly pongCounts: Map<string, number>
  /** Payloads of the server's own pings. */
  readonly serverPings: Set<string>
  /** Pings were sent while others waited for their pong, and the latest is not answered yet. */
  burst: boolean
  /** One of the pings that still waited when the latest was sent had come in pieces. */
  choppedBefore: boolean
  /** A pong that matches nothing came since the last ping. */
  strayPong: Buffer | undefined
  /** Messages that stand before the last fence. */
  fenced: number
  /** Whether bytes went out since the last ping. */
  lastOutIsPing: boolean
  /** An echo came later than the pong of a later ping: fences say nothing about echoes here. */
  overtaken: boolean
  serverClose: {readonly at: number; readonly body: CloseBody} | undefined
  /** Client frames whole by the time of the server's Close. */
  framesAtServerClose: number
  finAt: number | undefined
  /** Whether echoes or pongs were owed when the client's Close went out. */
  owedAtClose: boolean
}

/** The state before the first byte. */
export function startObserver(exchange: Exchange, terms: Terms): Observer {
  return {
    exchange,
    terms,
    client: new ClientStream(terms, exchange.earlyBytes ?? 0),
    server: new ServerStream(),
    exercised: new Set(),
    notes: [],
    broken: undefined,
    now: -Infinity,
    chunk: undefined,
    progressAt: -Infinity,
    echoed: 0,
    echoedFrame: -1,
    handledFrame: -1,
    answered: 0,
    pongPlace: 0,
    pongCounts: new Map(),
    serverPings: new Set(),
    burst: false,
    choppedBefore: false,
    strayPong: undefined,
    fenced: 0,
    lastOutIsPing: false,
    overtaken: false,
    serverClose: undefined,
    framesAtServerClose: 0,
    finAt: undefined,
    owedAtClose: false,
  }
}

/** Records a break, unless something broke before. */
export function charge(
  it: Observer,
  {rule, kind, level}: Charge,
  expected: string,
  saw: string,
): void {
  if (it.broken !== undefined) return
  it.exercised.add(rule)
  it.broken = {
    rule,
    kind,
    ...(level && {level}),
    expected,
    saw,
    at: it.now,
    ...(it.chunk !== undefined && {chunk: it.chunk}),
  }
}

/** The latest ping, while no pong has answered it. */
export function duePing(it: Observer): Ping | undefined {
  return it.answered < it.client.pings.length ? it.client.pings.at(-1) : undefined
}

/** Takes one write of the client. */
export function observeOut(it: Observer, bytes: Buffer): void {
  const {client, exchange, now} = it
  const ready = exchange.openedAt !== undefined && now - exchange.openedAt <= readyMs
  const pings = client.pings.length
  const waiting = duePing(it) !== undefined
  const hadClose = client.close !== undefined
  client.push(bytes, now, ready)
  if (client.pings.length > pings) {
    it.strayPong = undefined
    it.burst = waiting || client.pings.length - pings > 1
    it.choppedBefore = client.pings
      .slice(it.answered, pings)
      .some(({index}) => client.frames[index]?.features.has('chop-invariance'))
  }
  if (bytes.length > 0)
    it.lastOutIsPing =
      client.tail === undefined && client.pings.at(-1)?.index === client.frames.length - 1
  if (client.close !== undefined && !hadClose)
    it.owedAtClose =
      duePing(it) !== undefined || (it.terms.echo && it.echoed < client.messages.length)
}

/** The bytes as they are shown to a reader: at most 24 of them, in hex. */
export function show(bytes: Buffer): string {
  if (bytes.length === 0) return '0 bytes'
  const hex = (from: number, to?: number): string => bytes.subarray(from, to).toString('hex')
  // What is wrong with text is often its end.
  const most = 24
  const shown = bytes.length <= most ? hex(0) : `${hex(0, most - 6)}…${hex(-6)}`
  return `${bytes.length} bytes ${shown}`
}
