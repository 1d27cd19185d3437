import {observeAfterClose, observeClose} from './closing.ts'
import {passTime} from './deadlines.ts'
import {observeMessage} from './deliveries.ts'
import {observeEnd} from './endings.ts'
import type {Exchange, Judgement, Terms} from './exchange.ts'
import {isFragmentAlone} from './fragments.ts'
import {charge, observeOut, show, startObserver, type Observer} from './observer.ts'
import {observePong} from './pongs.ts'
import type {RuleName} from './rules.ts'
import type {ServerEvent, ServerFault} from './server-stream.ts'

export type {Chunk, Exchange, Judgement, Terms} from './exchange.ts'
export {ruleKinds, type RuleName} from './rules.ts'

/** Faults of the server's frames that come of obeying a frame which it had to refuse. */
const obedience: Partial<Record<RuleName, readonly ServerFault[]>> = {
  'utf8-invalid': ['utf8'],
  'rsv-bits': ['rsv'],
  'reserved-opcode': ['opcode'],
  'control-too-long': ['control-too-long'],
  'fragmented-control': ['control-fragmented'],
  'orphan-continuation': ['fragment-sequence'],
}

/** The server sent what is no valid frame (RFC 6455 sections 5.1 to 5.6). */
function observeFault(it: Observer, event: Extract<ServerEvent, {kind: 'fault'}>): void {
  const {fault, opcode, bytes} = event
  const rule = it.client.doom?.rule
  const saw = `a frame with opcode ${opcode}: ${fault}`
  const echo = {type: opcode, bytes}
  const ofText = fault === 'utf8' && it.terms.echo
  // A code point may be cut by a fragment border, so that a fragment alone need not be text.
  if (ofText && isFragmentAlone(it.client, it.echoed, echo)) observeMessage(it, echo)
  else if (rule !== undefined && obedience[rule]?.includes(fault))
    charge(it, {rule, kind: opcode > 8 ? 'answered' : 'delivered'}, 'a failed connection', saw)
  else if (ofText && it.echoed < it.client.messages.length)
    // Text that is none comes of an echo gone wrong; the message says what went wrong.
    observeMessage(it, echo)
  else charge(it, {rule: 'server-output', kind: fault}, 'a valid frame', `${saw}, ${show(bytes)}`)
}

function observeEvent(it: Observer, event: ServerEvent): void {
  switch (event.kind) {
    case 'message':
      return observeMessage(it, event)
    case 'ping':
      it.serverPings.add(event.payload.toString('hex'))
      return undefined
    case 'pong':
      return observePong(it, event.payload)
    case 'close':
      return observeClose(it, event)
    case 'fault':
      return observeFault(it, event)
    case 'after-close':
      return observeAfterClose(it, event.opcode)
  }
}

function observeIn(it: Observer, bytes: Buffer): void {
  for (const event of it.server.push(bytes)) {
    if (it.broken !== undefined) return
    observeEvent(it, event)
  }
  if (it.server.frames > 0) it.exercised.add('server-output')
  const {begun = Infinity} = it.server
  const due = it.terms.echo ? it.client.messages[it.echoed] : undefined
  // An echo that is on its way is late when it stops: no section says how fast a server sends.
  if (due !== undefined && begun <= due.bytes.length) it.progressAt = it.now
}

/** When the client stopped watching, ms. */
function watchedUntil({chunks, end, watchedMs, openedAt}: Exchange): number {
  const lastOut = chunks.findLast(({dir}) => dir === 'out')?.at ?? openedAt ?? 0
  if (end.by !== 'none') return end.at
  return Math.max(lastOut + watchedMs, chunks.at(-1)?.at ?? 0)
}

function step(it: Observer, at: number, chunk: number | undefined, act: () => void): void {
  passTime(it, at)
  if (it.broken !== undefined) return
  it.now = Math.max(it.now, at)
  it.chunk = chunk
  act()
}

/**
 * Judges one connection: what it put to the test, and what broke first (oracle `ws.md` 2.1 to 2.7;
 * no extension is agreed). A pure function that is right for every exchange: what is not reached is
 * not exercised, absence counts only once the limits of `terms` have passed under the client's eyes,
 * and what is broken on the first chunks is broken on the whole.
 */
export function judgeExchange(exchange: Exchange, terms: Terms): Judgement {
  const it = startObserver(exchange, terms)
  const {chunks, end, clientFin} = exchange
  const lastOut = chunks.findLastIndex(({dir}) => dir === 'out')
  const halfClose = (): void => {
    if (clientFin === undefined || it.finAt !== undefined) return
    step(it, clientFin, undefined, () => {
      it.finAt = clientFin
    })
  }
  for (const [index, {dir, at, bytes}] of chunks.entries()) {
    // What was written after the server's end went nowhere.
    if (dir === 'out' && end.by === 'server' && at > end.at) continue
    if (clientFin !== undefined && index > lastOut && at >= clientFin) halfClose()
    step(it, at, index, () => {
      if (dir === 'in') observeIn(it, bytes)
      else observeOut(it, bytes)
    })
    if (it.broken !== undefined) break
  }
  const until = watchedUntil(exchange)
  if (clientFin !== undefined && clientFin <= until) halfClose()
  if (it.broken === undefined) step(it, until, undefined, () => observeEnd(it, until))
  const {exercised, broken, notes} = it
  return {exercised, ...(broken && {broken}), notes}
}
