import {
  chargeAltered,
  chargeLost,
  chargeRepeated,
  chargeSkipped,
  suspects,
  type Charge,
} from './attribution.ts'
import type {Message} from './client-facts.ts'
import type {ClientStream} from './client-stream.ts'
import {isMessageByCut} from './cut-lengths.ts'
import {isFragmentAlone, type Echo} from './fragments.ts'
import {isControl} from './frames.ts'
import {charge, show, type Observer} from './observer.ts'
import type {RuleName} from './rules.ts'

const same = (message: Message, {type, bytes}: Echo): boolean =>
  message.type === type && message.bytes.equals(bytes)

const typeName = (type: number): string => (type === 1 ? 'text' : 'binary')
const showEcho = ({type, bytes}: Echo): string => `${typeName(type)}, ${show(bytes)}`

/** Features whose success shows only in the echo of the message that has them. */
const shownByEcho: readonly RuleName[] = [
  'early-data',
  'ready-at-101',
  'chop-invariance',
  'coalesced',
  'nonminimal-length',
  'reassembly',
  'interleaved-control',
  'empty-message',
  'length-forms',
  'too-big',
  'binary-transparent',
  'utf8-valid',
  'utf8-split',
]

/** Everything up to the client's frame `index` was handled: what that alone shows. */
export function proveHandled(it: Observer, index: number): void {
  const seen = suspects(it.client, it.handledFrame, index)
  for (const rule of ['unsolicited-pong', 'nonminimal-length'] as const)
    if (seen.has(rule)) it.exercised.add(rule)
  it.handledFrame = Math.max(it.handledFrame, index)
}

function acceptEcho(it: Observer, message: Message): void {
  const {exercised} = it
  for (const rule of shownByEcho) if (message.features.has(rule)) exercised.add(rule)
  if (message.bytes.length > 0) exercised.add('mask-key-any')
  if (it.echoed > 0) exercised.add('echo-order')
  if (it.handledFrame > message.last) it.overtaken = true
  it.echoed += 1
  it.echoedFrame = message.last
  it.progressAt = it.now
  proveHandled(it, message.last)
}

const lossy = (bytes: Buffer): Buffer => Buffer.from(new TextDecoder().decode(bytes))

/** Whether an echo is, as it is or lossily decoded, made of `parts` of what may not be delivered. */
function isForbidden(client: ClientStream, {bytes}: Echo): boolean {
  const before = client.close?.partial ?? client.partial ?? Buffer.alloc(0)
  const data = client.behind.map(({payload}) => payload)
  const [first] = data
  const candidates = before.length > 0 ? [...data, before] : data
  if (first !== undefined)
    candidates.push(Buffer.concat([before, first]), Buffer.concat([before, ...data]))
  const {tail} = client
  if (tail !== undefined && bytes.length > 0 && tail.subarray(0, bytes.length).equals(bytes))
    return true
  return candidates.some((candidate) => bytes.equals(candidate) || bytes.equals(lossy(candidate)))
}

/** The rule that forbids deliveries now, if one does. */
function forbidder(client: ClientStream, saw: Echo): Charge | undefined {
  if (client.doom !== undefined) return {rule: client.doom.rule, kind: 'delivered'}
  const {close, withheld} = client
  if (withheld !== undefined) return {rule: withheld.rule, kind: 'delivered'}
  if (close === undefined) return undefined
  const beheaded =
    close.midMessage && client.behind.every(({payload}) => !payload.equals(saw.bytes))
  return {rule: beheaded ? 'mid-message' : 'input-after', kind: 'delivered'}
}

/** A control frame of the client that came back as a message. */
function chargeControl(client: ClientStream, saw: Echo): Charge | undefined {
  for (const {frame, features} of client.frames.filter(Boolean)) {
    if (!isControl(frame.opcode) || !frame.payload.equals(saw.bytes)) continue
    if (features.has('interleaved-control')) return {rule: 'interleaved-control', kind: 'extra'}
    return {rule: frame.opcode === 9 ? 'pong-payload' : 'unsolicited-pong', kind: 'extra'}
  }
  return undefined
}

/** An echo for which no message is left: where its bytes come from. */
function chargeExtra(client: ClientStream, saw: Echo): Charge {
  const control = chargeControl(client, saw)
  if (control !== undefined) return control
  const {partial, tail} = client
  const cut = Buffer.concat([partial ?? Buffer.alloc(0), tail ?? Buffer.alloc(0)])
  const fromTail = tail !== undefined && (cut.equals(saw.bytes) || tail.equals(saw.bytes))
  if (fromTail) return {rule: 'truncated-then-gone', kind: 'delivered'}
  if (partial !== undefined && (partial.equals(saw.bytes) || cut.indexOf(saw.bytes) === 0))
    return {rule: 'reassembly', kind: 'delivered'}
  return {rule: 'echo-order', kind: 'extra'}
}

/** The charge for an echo that is not the next one owed. */
function chargeWrongEcho(it: Observer, saw: Echo): Charge {
  const {client, echoed} = it
  const due = client.messages[echoed]
  if (due === undefined && isMessageByCut(client, saw))
    return {rule: 'length-in-full', kind: 'delivered'}
  if (isFragmentAlone(client, echoed, saw)) return {rule: 'reassembly', kind: 'delivered'}
  const later = client.messages.slice(echoed + 1).some((message) => same(message, saw))
  const earlier = client.messages.slice(0, echoed).findLast((message) => same(message, saw))
  const forbidden = forbidder(client, saw)
  if (due !== undefined && later) return chargeSkipped(due)
  if (forbidden !== undefined && (due === undefined || isForbidden(client, saw))) {
    // What was already echoed and is not among the forbidden bytes is an echo sent twice.
    if (earlier !== undefined && !isForbidden(client, saw)) return chargeRepeated(earlier)
    return forbidden
  }
  if (earlier !== undefined) return chargeRepeated(earlier)
  if (due === undefined) return chargeExtra(client, saw)
  const control = saw.bytes.length > 0 ? chargeControl(client, saw) : undefined
  return control ?? chargeAltered(client, due, saw)
}

/** Takes a whole message of the server (oracle 2.6 item 2: a prefix of M, equal and in order). */
export function observeMessage(it: Observer, saw: Echo): void {
  if (!it.terms.echo) return
  const due = it.client.messages[it.echoed]
  if (due !== undefined && same(due, saw)) {
    acceptEcho(it, due)
    return
  }
  const expected = due === undefined ? 'no message' : showEcho(due)
  charge(it, chargeWrongEcho(it, saw), expected, showEcho(saw))
}

/** The next echo did not come in time. */
export function chargeMissingEcho(it: Observer): void {
  const due = it.client.messages[it.echoed]
  if (due === undefined) return
  const seen = suspects(it.client, it.echoedFrame, due.last)
  charge(it, chargeLost(seen), `an echo of ${showEcho(due)}`, 'none')
}

/**
 * The server has ended: the messages before the last fence must have been echoed (oracle 2.6 item
 * 2), unless this server is known to answer pings ahead of earlier messages. The message that asks
 * it to close is none of them, and what follows it may be ignored (RFC 6455 5.5.1).
 */
export function checkFence(it: Observer): void {
  if (it.overtaken || it.terms.pongOvertakesEcho === true) return
  const due = it.client.messages[it.echoed]
  const {closeTriggeredAt = Infinity} = it.exchange
  if (due !== undefined && due.at >= closeTriggeredAt) return
  if (it.terms.echo && it.echoed < it.fenced) chargeMissingEcho(it)
}
