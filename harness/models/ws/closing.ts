import {chargeRefused, suspects} from './attribution.ts'
import type {ClientClose, Doom} from './client-facts.ts'
import type {CloseBody} from './close-body.ts'
import {checkFence} from './deliveries.ts'
import {charge, show, type Observer} from './observer.ts'
import {ruleKinds, type Kind, type RuleName} from './rules.ts'
import type {ServerEvent} from './server-stream.ts'

type CloseEvent = Extract<ServerEvent, {kind: 'close'}>
type CloseFault = NonNullable<CloseEvent['fault']>

/** Codes with which a server says something about the client (RFC 6455 section 7.4.1). */
const accusing: ReadonlySet<number> = new Set([1002, 1003, 1007, 1009, 1010])
/**
 * Whether with this code it speaks of itself or of its application: such a Close may be sent at any
 * time (section 7.3), and so cross any violation on the wire.
 */
const isOwnReason = (code: number): boolean => [1001, 1012, 1013].includes(code) || code >= 3000

const codeOf = (body: CloseBody): number | undefined =>
  body.form === 'code' ? body.code : undefined

const showClose = (body: CloseBody): string => {
  if (body.form !== 'code')
    return `a Close with ${body.form === 'empty' ? 'no' : 'one byte of'} body`
  return `a Close with code ${body.code}${body.reason.length > 0 ? `, ${show(body.reason)}` : ''}`
}

const has = (rule: RuleName, kind: Kind): boolean =>
  (ruleKinds[rule] as readonly string[]).includes(kind)

/** The contents of the client's bad Close came back. */
function isEcho(rule: RuleName, fault: CloseFault, sent: CloseBody, got: CloseBody): boolean {
  if (rule === 'one-byte-body') return fault === 'close-body'
  if (rule === 'invalid-code') return fault === 'close-code' && codeOf(sent) === codeOf(got)
  return rule === 'reason-utf8' && fault === 'close-reason'
}

/** A Close that must not be sent, whatever came before (RFC 6455 sections 5.5.1 and 7.4.1). */
function chargeFault(it: Observer, body: CloseBody, fault: CloseFault): void {
  const {doom, close, lastFailure} = it.client
  const expected =
    fault === 'close-reason' ? 'a Close whose reason is UTF-8' : 'a Close with a permitted body'
  const blame = (rule: RuleName, kind: Kind): void =>
    charge(it, {rule, kind}, expected, showClose(body))
  if (doom?.body !== undefined && isEcho(doom.rule, fault, doom.body, body)) {
    // 1004 is reserved by 7.4.1, which unlike its neighbours nobody is told not to send.
    const level = codeOf(body) === 1004 ? {level: 'SHOULD' as const} : {}
    charge(it, {rule: doom.rule, kind: 'echoed', ...level}, expected, showClose(body))
    return
  }
  if (fault !== 'close-code') {
    blame('server-output', fault)
    return
  }
  const failing = lastFailure && has(lastFailure.rule, 'unsendable-code') ? lastFailure.rule : null
  if (doom !== undefined) blame(doom.rule, 'unsendable-code')
  else if (close !== undefined) blame('close-echo', 'unsendable-code')
  else if (it.finAt !== undefined) blame('half-close', 'unsendable-code')
  else if (isTriggered(it)) blame('server-initiated', 'unsendable-code')
  else if (failing !== null) blame(failing, 'unsendable-code')
  else blame('server-output', 'close-code')
}

/** Whether the harness has asked for a server close by now. */
export function isTriggered(it: Observer): boolean {
  const {closeTriggeredAt} = it.exchange
  return closeTriggeredAt !== undefined && closeTriggeredAt <= it.now
}

/** The server's Close after a violation (oracle 2.6 item 4a). */
function answerDoom(it: Observer, doom: Doom, body: CloseBody): void {
  const code = codeOf(body)
  if (code === undefined || it.client.fits(code) || isTriggered(it)) return
  const expected = 'a Close with a code that fits the violation, or none, or only a TCP close'
  // A bad Close that is met as if it were a good one. 7.4.1 and 7.4.2 bind the sender of a code and
  // only imply the receiver's reaction.
  if ((doom.rule === 'one-byte-body' || doom.rule === 'invalid-code') && code === 1000) {
    const level = doom.rule === 'invalid-code' ? {level: 'SHOULD' as const} : {}
    charge(it, {rule: doom.rule, kind: 'accepted', ...level}, expected, showClose(body))
    return
  }
  if (isOwnReason(code) || it.client.isUnwanted(code))
    it.notes.push(`closed with ${code} after a violation`)
  else charge(it, {rule: doom.rule, kind: 'wrong-code', level: 'SHOULD'}, expected, showClose(body))
}

/** The server's Close after the client's (oracle 2.6 item 4b): any sendable code, or none. */
function answerClose(it: Observer, close: ClientClose, body: CloseBody): void {
  const {client, exercised} = it
  const code = codeOf(body)
  exercised.add('close-echo')
  if (close.body.form !== 'code') return
  const {code: sent, reason} = close.body
  if (code !== undefined && code !== sent && client.fits(code)) {
    it.notes.push(`a Close with ${sent} was met by ${code}`)
    return
  }
  const expected = `a normal answer to code ${sent}`
  // What stands behind the Close is to be discarded (section 1.4); a code that is about that is sendable all the same.
  if (client.continued && code !== undefined && accusing.has(code)) {
    it.notes.push(`a Close with ${sent}, and frames behind it, was met by ${code}`)
    return
  }
  if (code === 1002 && sent !== 1002)
    charge(it, {rule: 'registered-codes', kind: 'refused'}, expected, showClose(body))
  else if (code === 1007 && sent !== 1007 && reason.length > 0)
    charge(it, {rule: 'reason-utf8', kind: 'refused'}, expected, showClose(body))
  else {
    exercised.add('registered-codes')
    if (reason.length > 0) exercised.add('reason-utf8')
    if (code !== sent) it.notes.push(`a Close with ${sent} was answered with ${code ?? 'no code'}`)
  }
}

/** A Close that the client did not ask for (oracle 2.6 item 4c). */
function closeUnasked(it: Observer, body: CloseBody): void {
  const {client} = it
  const code = codeOf(body)
  if (it.finAt !== undefined || isTriggered(it)) return
  if (code === undefined || !accusing.has(code) || client.isUnwanted(code)) {
    it.notes.push(`closed early: ${showClose(body)}`)
    return
  }
  if (client.fits(code)) return
  const failure = client.lastFailure
  const expected = 'no Close that accuses the client'
  if (failure !== undefined) {
    const kind = has(failure.rule, 'wrong-code') ? 'wrong-code' : 'unexpected-close'
    const rule = has(failure.rule, kind) ? failure.rule : 'server-output'
    charge(it, {rule, kind, level: 'SHOULD'}, 'a code that fits the failure', showClose(body))
    return
  }
  const last = client.frames.length - 1
  const seen = suspects(client, Math.min(it.handledFrame, last - 1))
  // Data that went with the request may end in a refusal of any kind, as long as none was handled.
  const refusable = (it.exchange.earlyBytes ?? 0) > 0 && it.echoed === 0
  if (refusable || last < 0) it.notes.push(`closed early: ${showClose(body)}`)
  else charge(it, chargeRefused(seen, code), expected, showClose(body))
}

/** Takes the server's first Close. */
export function observeClose(it: Observer, {body, fault}: CloseEvent): void {
  const {client} = it
  checkFence(it)
  if (fault !== undefined) chargeFault(it, body, fault)
  else if (client.doom !== undefined) answerDoom(it, client.doom, body)
  else if (client.close !== undefined) answerClose(it, client.close, body)
  else closeUnasked(it, body)
  it.serverClose = {at: it.now, body}
  it.framesAtServerClose = client.frames.length
  client.serverHasClosed()
}

/** Takes the first frame behind the server's Close: none may come (RFC 6455 section 5.5.1). */
export function observeAfterClose(it: Observer, opcode: number): void {
  const rule = 'silence-after'
  const expected = 'nothing behind the Close'
  const saw = `a frame with opcode ${opcode}`
  // The RFC forbids data; that control frames are out of place too is only implied (7.1.5).
  if (opcode === 8) charge(it, {rule, kind: 'second-close', level: 'SHOULD'}, expected, saw)
  else if (opcode > 8)
    charge(it, {rule, kind: 'control-after-close', level: 'SHOULD'}, expected, saw)
  else charge(it, {rule, kind: 'data-after-close'}, expected, saw)
}
