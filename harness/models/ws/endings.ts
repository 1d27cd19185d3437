import {chargeDeath, suspects, type Charge} from './attribution.ts'
import {invitesCut} from './cut-lengths.ts'
import {checkFence} from './deliveries.ts'
import {charge, type Observer} from './observer.ts'
import {ruleKinds, type RuleName} from './rules.ts'

/** The process of the server ended: the most special thing that was sent is to blame. */
function whoKilled(it: Observer): Charge {
  const {client, exchange} = it
  const dies = (rule: RuleName): boolean => (ruleKinds[rule] as readonly string[]).includes('died')
  const kind = 'died'
  if (client.doom !== undefined && dies(client.doom.rule)) return {rule: client.doom.rule, kind}
  if (client.close !== undefined) {
    if (client.behind.length > 0) return {rule: 'input-after', kind}
    return {rule: client.close.midMessage ? 'mid-message' : 'close-echo', kind}
  }
  if (exchange.end.by === 'client' && exchange.end.how === 'reset') return {rule: 'reset', kind}
  const tailRule = client.lastFailure?.rule
  if (client.tail !== undefined && tailRule !== undefined && dies(tailRule))
    return {rule: tailRule, kind}
  if (it.finAt !== undefined)
    return {rule: client.tail === undefined ? 'half-close' : 'truncated-then-gone', kind}
  const last = client.frames.length - 1
  return chargeDeath(suspects(client, Math.min(it.handledFrame, last - 1)))
}

/** The server closed TCP by FIN: what must have come before (oracle 2.6 items 1, 2 and 4). */
function checkFin(it: Observer): void {
  const {client, server} = it
  if (it.serverClose !== undefined) return
  checkFence(it)
  const {close} = client
  const excused = client.doom !== undefined || client.mayFail || it.finAt !== undefined
  // A client that goes on behind its Close may be cut off for that; 5.5.1 forbids it to.
  if (close !== undefined && !excused && !client.continued) {
    const found = {rule: 'close-echo', kind: 'no-close-frame'} as const
    charge(it, found, 'a Close before the TCP close', 'none')
  }
  if (server.midFrame && !excused) {
    const found = {rule: 'server-output', kind: 'truncated'} as const
    charge(it, found, 'whole frames', 'a frame cut by the TCP close')
  }
}

/** A server that resets so much later than it was answered, in ms, has had time to read the answer. */
const readMs = 20

/** The server reset right behind its Close, and the client's answer was all that it was sent (RFC 6455 7.1.1: SHOULD). */
function checkReset(it: Observer): void {
  const {client, serverClose, exchange} = it
  if (exchange.closeTriggeredAt === undefined || serverClose === undefined) return
  const onlyAnswer =
    client.close?.index === it.framesAtServerClose &&
    client.behind.length === 0 &&
    client.tail === undefined
  const wasRead = it.now - (client.close?.at ?? it.now) >= readMs
  if (!onlyAnswer || wasRead || client.mayFail) return
  const found = {rule: 'server-initiated', kind: 'reset-before-answer', level: 'SHOULD'} as const
  charge(it, found, 'a TCP close after the answer was read', 'a reset')
}

/** The rules that a good end of the connection shows to be held. */
function exerciseEnd(it: Observer): void {
  const {client, exercised, serverClose, exchange} = it
  const {doom, close} = client
  if (doom !== undefined) {
    if (doom.sole) exercised.add(doom.rule)
  } else if (close !== undefined && serverClose !== undefined) {
    exercised.add('tcp-by-server')
    if (it.owedAtClose) exercised.add('silence-after')
    if (client.behind.length > 0 || client.tail !== undefined) exercised.add('input-after')
    if (close.midMessage) exercised.add('mid-message')
    if (exchange.closeTriggeredAt !== undefined) exercised.add('server-initiated')
  } else if (it.finAt !== undefined) {
    exercised.add('half-close')
    if (client.tail !== undefined) exercised.add('truncated-then-gone')
  } else if (client.mayFail) exerciseDoubt(it)
  else if (serverClose !== undefined) exercised.add('unanswered')
  else it.notes.push('closed early: TCP only')
  if ((exchange.earlyBytes ?? 0) > 0 && it.echoed === 0) exercised.add('early-data')
}

/** A failure that was permitted, and can be the only cause, was taken. */
function exerciseDoubt(it: Observer): void {
  const {failures, tail, withheld} = it.client
  if (it.exchange.closeTriggeredAt !== undefined || failures.length > 1) return
  const [failure] = failures
  if (failure === undefined && withheld !== undefined) it.exercised.add(withheld.rule)
  else if (tail === undefined && failure?.rule === 'nonminimal-length')
    it.exercised.add(failure.rule)
}

/** Takes the end of the exchange: a FIN or RST, or the client's last look at an open connection. */
export function observeEnd(it: Observer, untilMs: number): void {
  const {exchange, client} = it
  const {how, by} = exchange.end
  if (exchange.died === true)
    charge(it, whoKilled(it), 'a process that goes on', 'the process ended')
  if (it.broken !== undefined) return
  if (by === 'client' && how === 'reset' && exchange.died === false) it.exercised.add('reset')
  if (by === 'server' && how === 'fin') checkFin(it)
  if (by === 'server' && how === 'reset') checkReset(it)
  if (it.broken !== undefined) return
  if (by === 'server' && how !== 'open') exerciseEnd(it)
  const lastOut = exchange.chunks.findLast(({dir}) => dir === 'out')?.at ?? 0
  const stalled = how === 'open' && untilMs >= lastOut + it.terms.limits.failMs
  const serving = client.doom === undefined && client.close === undefined
  if (stalled && serving && client.tail !== undefined) it.exercised.add('truncated-then-gone')
  if ((stalled || by === 'server') && invitesCut(client)) it.exercised.add('length-in-full')
}
