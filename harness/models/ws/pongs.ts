import {chargeNoPong, suspects} from './attribution.ts'
import {isPingByCut} from './cut-lengths.ts'
import {proveHandled} from './deliveries.ts'
import {charge, duePing, show, type Observer} from './observer.ts'

/** Whether the pong answers a ping that is none: behind a violation or a Close, or by a cut length. */
function isUndue({client}: Observer, payload: Buffer): boolean {
  if (client.behind.some((f) => f.opcode === 9 && f.payload.equals(payload))) return true
  return isPingByCut(client, payload)
}

/** A pong with a payload that no ping before the doom or Close had. */
function observeStray(it: Observer, payload: Buffer): void {
  const {client} = it
  const saw = `a pong with ${show(payload)}`
  // An empty one, or one of the server's own making, is a heartbeat (RFC 6455 section 5.5.3).
  if (payload.length > 0 && isUndue(it, payload)) {
    if (client.doom !== undefined)
      charge(it, {rule: client.doom.rule, kind: 'answered'}, 'no pong', saw)
    else if (client.close === undefined)
      charge(it, {rule: 'length-in-full', kind: 'answered'}, 'no pong', saw)
    else charge(it, {rule: 'input-after', kind: 'answered', level: 'SHOULD'}, 'no pong', saw)
    return
  }
  const own = it.serverPings.has(payload.toString('hex'))
  if (payload.length > 0 && !own && client.pongs.some((pong) => pong.equals(payload))) {
    charge(it, {rule: 'unsolicited-pong', kind: 'answered'}, 'nothing in reply to a pong', saw)
    return
  }
  it.strayPong = payload
}

/** Whether the pong fits the order of the pings, each answered at most once (section 5.5.3). */
function inOrder(it: Observer, payload: Buffer): boolean {
  const {client} = it
  const {pings} = client
  const name = payload.toString('hex')
  const count = (it.pongCounts.get(name) ?? 0) + 1
  it.pongCounts.set(name, count)
  const equal = pings.filter((ping) => ping.payload.equals(payload)).length
  const saw = `a pong with ${show(payload)}`
  if (count > equal && isUndue(it, payload)) {
    observeStray(it, payload)
    return false
  }
  if (count > equal) {
    const rule = pings.length > 1 ? 'ping-burst' : 'pong-payload'
    charge(it, {rule, kind: 'repeated'}, `at most ${equal} such pongs`, saw)
    return false
  }
  const place = pings.findIndex((p, i) => i >= it.pongPlace && p.payload.equals(payload))
  if (place < 0) {
    charge(it, {rule: 'ping-burst', kind: 'out-of-order'}, 'pongs in the order of the pings', saw)
    return false
  }
  it.pongPlace = place + 1
  return true
}

/** Takes a pong of the server (oracle 2.6 item 3). */
export function observePong(it: Observer, payload: Buffer): void {
  const {client} = it
  const {pings} = client
  const first = pings.findIndex((ping, i) => i >= it.answered && ping.payload.equals(payload))
  const last = pings.findLastIndex((ping) => ping.payload.equals(payload))
  if (last < 0) {
    observeStray(it, payload)
    return
  }
  // An empty pong may as well be a heartbeat: it satisfies, and proves nothing about the order.
  if (payload.length > 0 && !inOrder(it, payload)) return
  it.progressAt = it.now
  if (first < 0) return
  const ping = pings[first]
  it.answered = Math.max(it.answered, last + 1)
  if (ping === undefined || payload.length === 0) return
  const features = client.frames[ping.index]?.features ?? new Set()
  if (last === pings.length - 1) it.exercised.add(it.burst ? 'ping-burst' : 'pong-payload')
  for (const rule of ['interleaved-control', 'early-data', 'ready-at-101'] as const)
    if (features.has(rule)) it.exercised.add(rule)
  proveHandled(it, ping.index)
  const fresh =
    first === last && last === pings.length - 1 && client.pongs.every((p) => !p.equals(payload))
  const undisturbed = client.doom === undefined && client.close === undefined
  if (fresh && it.lastOutIsPing && undisturbed) it.fenced = client.messages.length
}

/** The latest ping was not answered in time. */
export function chargeMissingPong(it: Observer): void {
  const ping = duePing(it)
  if (ping === undefined) return
  const features = it.client.frames[ping.index]?.features ?? new Set()
  const seen = suspects(it.client, it.handledFrame, ping.index)
  const {burst, choppedBefore} = it
  const found = chargeNoPong(
    features,
    {burst, choppedBefore, stray: it.strayPong !== undefined},
    seen,
  )
  const saw = it.strayPong === undefined ? 'none' : `a pong with ${show(it.strayPong)}`
  charge(it, found, `a pong with ${show(ping.payload)}`, saw)
}
