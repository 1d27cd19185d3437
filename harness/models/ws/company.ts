/** What the connections of one trace do to one another: the rows that no single connection decides. */
import type {Target} from '../../target.ts'
import type {Trace} from '../../trace.ts'
import {broken, held, untried, type Verdict} from '../../verdict.ts'
import {ClientStream} from './client-stream.ts'
import {connections, terms, type Connection} from './exchanges.ts'
import {FrameParser, opcodes} from './frames.ts'

/** Ways in which a client suffers for what another one did. */
export type IsolationKind = 'ended' | 'unserved' | 'refused' | 'died'

/** Where in the trace a client first broke a rule or reset its connection; Infinity where none did. */
function harmOf(trace: Trace, target: Target, {conn, handshake}: Connection): number {
  const stream = new ClientStream(terms(target, handshake.route), 0)
  for (let index = trace.indexOf(handshake) + 1; index < trace.length; index += 1) {
    const fact = trace[index]!
    if (fact.kind === 'reset' && fact.conn === conn && fact.by === 'client') return index
    if (fact.kind !== 'out' || fact.conn !== conn) continue
    stream.push(Buffer.from(fact.bytes, 'latin1'), fact.at, false)
    if (stream.doom !== undefined || stream.mayFail) return index
  }
  return Infinity
}

/** Where the server ended the connection, unless the client had ended it before, or the server said that it has reasons of its own. */
function endedAt(trace: Trace, {conn, handshake}: Connection): number | undefined {
  const parsers = {out: new FrameParser(), in: new FrameParser()}
  for (let index = trace.indexOf(handshake) + 1; index < trace.length; index += 1) {
    const fact = trace[index]!
    if (!('conn' in fact) || fact.conn !== conn) continue
    if (fact.kind === 'fin' || fact.kind === 'reset')
      return fact.by === 'server' ? index : undefined
    if (fact.kind !== 'out' && fact.kind !== 'in') continue
    for (const {opcode, payload} of parsers[fact.kind].push(bytesOf(fact))) {
      if (opcode !== opcodes.close) continue
      if (fact.kind === 'out' || isOwnReason(payload)) return undefined
    }
  }
  return undefined
}

/** Whether a Close names a reason of the server's own (RFC 6455 7.4.1, and IANA for 1012 and 1013). */
function isOwnReason(body: Buffer): boolean {
  return body.length >= 2 && [1001, 1012, 1013].includes(body.readUInt16BE())
}

/** The client asked behind `from` and was given bytes behind that. */
function servedBetween(trace: Trace, conn: string, from: number, to = trace.length): boolean {
  let asked = false
  for (const fact of trace.slice(from + 1, to)) {
    if (fact.kind === 'out' && fact.conn === conn) asked = true
    if (fact.kind === 'in' && fact.conn === conn && asked) return true
  }
  return false
}

const unwatched = 'no client was watched while another did harm'

/**
 * Whether a client that was served well before another one did harm is served as well behind it, and
 * whether a newcomer is let in as before. Overload (429, 503) and a server that goes away are no harm.
 */
export function judgeIsolation(trace: Trace, target: Target): Verdict<IsolationKind> {
  const present = connections(trace, target)
  if (present.length < 2) return untried(unwatched)
  const all = present.map((one) => ({
    one,
    harm: harmOf(trace, target, one),
    start: trace.indexOf(one.handshake),
  }))
  const harm = Math.min(...all.map((each) => each.harm))
  const labels = new Set<string>()
  for (const {one, harm: own, start} of all) {
    if (own < Infinity || !Number.isFinite(harm)) continue
    const verdict =
      start < harm ? stays(trace, one, start, harm) : letIn(trace, all, one, start, harm)
    if (typeof verdict !== 'string') return verdict
    if (verdict !== '') labels.add(verdict)
  }
  return labels.size > 0 ? held(...labels) : untried(unwatched)
}

function stays(
  trace: Trace,
  one: Connection,
  start: number,
  harm: number,
): Verdict<IsolationKind> | string {
  if (!servedBetween(trace, one.conn, start, harm)) return ''
  const end = endedAt(trace, one)
  const expected = `${one.client} is served on`
  if (end !== undefined && end > harm)
    return broken('ended', {
      expected,
      saw: 'the server ended its connection',
      at: [harm, end],
      alone: true,
    })
  const fault = one.judged?.broken
  if (fault?.timed && fault.at > trace[harm]!.at)
    return broken('unserved', {expected, saw: fault.saw, at: [harm], timed: true})
  return servedBetween(trace, one.conn, harm) ? 'served' : ''
}

function letIn(
  trace: Trace,
  all: readonly {one: Connection; start: number}[],
  {conn, client, handshake}: Connection,
  start: number,
  harm: number,
): Verdict<IsolationKind> | string {
  const {route, status, ending, request} = handshake
  const before = all.find(
    (each) =>
      each.start < harm && each.one.handshake.route === route && each.one.handshake.status === 101,
  )
  const asked = trace.findIndex((fact) => fact.kind === 'connect' && fact.conn === conn)
  if (!before || asked < harm || !samePath(before.one.handshake.request, request)) return ''
  if (status === 101) return servedBetween(trace, conn, start) ? 'let-in' : ''
  if (status === 429 || status === 503) return ''
  const saw = status === undefined ? `an answer that was ${ending}` : `status ${status}`
  const timed = ending === 'timeout' ? {timed: true as const} : {}
  return broken('refused', {
    expected: `${client} is let in`,
    saw,
    at: [harm, start],
    alone: true,
    ...timed,
  })
}

/** Whether two requests differ in nothing but their key. */
function samePath(one: string, other: string): boolean {
  const plain = (request: string): string => request.replace(/\r\nsec-websocket-key:.*\r\n/i, '')
  return plain(one) === plain(other)
}

function bytesOf({bytes}: {readonly bytes: string}): Buffer {
  return Buffer.from(bytes, 'latin1')
}

/** Parts shorter than this may be alike by chance. */
const telling = 4

interface Spoken {
  readonly one: Connection
  /** Payloads of the client's data frames, one by one and as one text; and those of its pings and closes. */
  readonly said: readonly Buffer[]
  readonly all: Buffer
  readonly controls: readonly Buffer[]
  /** Payloads of what the server sent of others: echoes and pongs, with the fact that completed each. */
  readonly heard: readonly {readonly payload: Buffer; readonly at: number}[]
}

function spoken(trace: Trace, one: Connection): Spoken {
  const out = new FrameParser()
  const back = new FrameParser()
  const said: Buffer[] = []
  const controls: Buffer[] = []
  const heard: {payload: Buffer; at: number}[] = []
  for (let index = trace.indexOf(one.handshake) + 1; index < trace.length; index += 1) {
    const fact = trace[index]!
    if (fact.kind === 'out' && fact.conn === one.conn)
      for (const {opcode, payload} of out.push(bytesOf(fact))) {
        if (opcode < opcodes.close) said.push(payload)
        // A pong repeats what the server said, which may be the same to everybody (RFC 6455 5.5.3).
        else if (opcode !== opcodes.pong) controls.push(payload)
      }
    if (fact.kind === 'in' && fact.conn === one.conn)
      for (const {opcode, payload} of back.push(bytesOf(fact)))
        if (opcode !== opcodes.close && opcode !== opcodes.ping) heard.push({payload, at: index})
  }
  return {one, said, all: Buffer.concat(said), controls, heard}
}

/** Whether the client itself sent these bytes, in fragments or not. */
function isOwn({all, controls}: Spoken, payload: Buffer): boolean {
  return all.includes(payload) || controls.some((one) => one.includes(payload))
}

/**
 * Whether each connection of an echo was given its own bytes alone: a frame that holds what another
 * client sent, and this one did not, has come from there.
 */
export function judgeCrosstalk(trace: Trace, target: Target): Verdict<'foreign'> {
  const upgraded = connections(trace, target).filter(
    ({handshake}) => handshake.status === 101 && handshake.route === 'echo',
  )
  if (new Set(upgraded.map(({client}) => client)).size < 2)
    return untried('fewer than two clients were echoed')
  const all = upgraded.map((one) => spoken(trace, one))
  for (const own of all) {
    for (const {payload, at} of own.heard) {
      if (payload.length < telling || isOwn(own, payload)) continue
      const source = all.find((other) => other !== own && holds(payload, own, other))
      if (!source) continue
      const saw = `bytes of ${source.one.client}: ${payload.subarray(0, 24).toString('hex')}`
      return broken('foreign', {
        expected: `only bytes of ${own.one.client}`,
        saw,
        at: [at],
        alone: true,
      })
    }
  }
  const answered = all.filter(({heard, said}) => heard.length > 0 && said.length > 0)
  return answered.length > 1 ? held('apart') : untried('fewer than two clients were echoed')
}

/** Whether a payload holds a part that the other client sent and this one did not, or is one itself. */
function holds(payload: Buffer, own: Spoken, other: Spoken): boolean {
  if (other.all.includes(payload)) return true
  return [...other.said, ...other.controls].some(
    (part) => part.length >= telling && payload.includes(part) && !isOwn(own, part),
  )
}
