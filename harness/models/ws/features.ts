import type {Terms} from './exchange.ts'
import {isControl, opcodes, type Frame} from './frames.ts'
import type {RuleName} from './rules.ts'

/** What there is to know about a whole client frame besides its own fields. */
export interface Surroundings {
  /** Offsets at which the client's writes began. */
  readonly borders: readonly number[]
  /** Offsets below this were written at once after the 101 was read. */
  readonly readyBytes: number
  readonly earlyBytes: number
  /** Whether a message was open before the frame. */
  readonly inside: boolean
  /** Bytes of the message up to and with this frame. */
  readonly total: number
  /** Whether the text so far ends within a code point. */
  readonly split: boolean
  /** Type of the message that the frame belongs to. */
  readonly type: number
}

/** Payloads from here on are near or beyond the border of the 7-bit length form. */
const longPayload = 124

/** Index of the first border above `offset`, in ascending borders. */
function firstAbove(borders: readonly number[], offset: number): number {
  let low = 0
  let high = borders.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((borders[middle] ?? 0) > offset) high = middle
    else low = middle + 1
  }
  return low
}

function delivery(frame: Frame, {borders, readyBytes, earlyBytes}: Surroundings): RuleName[] {
  const rules: RuleName[] = []
  const next = firstAbove(borders, frame.start)
  if (frame.start < earlyBytes) rules.push('early-data')
  else if (frame.start < readyBytes) rules.push('ready-at-101')
  if ((borders[next] ?? Infinity) < frame.end) rules.push('chop-invariance')
  if (borders[next - 1] !== frame.start) rules.push('coalesced')
  return rules
}

function isNonminimal({lengthForm, length}: Frame): boolean {
  return (lengthForm === 16 && length < 126) || (lengthForm === 64 && length < 65_536)
}

function hasOddKey({maskKey, payload}: Frame, chopped: boolean): boolean {
  const uniform = maskKey !== undefined && maskKey.every((byte) => byte === maskKey[0])
  return payload.length > 0 && (uniform || chopped)
}

/** Long payloads are asked, where `some` with a function is slow. */
function hasHighByte(payload: Buffer): boolean {
  for (let index = 0; index < payload.length; index += 1) if (payload[index]! > 0x7f) return true
  return false
}

/**
 * The rules that a legal frame puts to the test, by what is special about it: the suspects when
 * something goes wrong, and what is exercised when nothing does.
 */
export function featuresOf(frame: Frame, around: Surroundings, terms: Terms): RuleName[] {
  const rules = delivery(frame, around)
  if (isNonminimal(frame)) rules.push('nonminimal-length')
  if (hasOddKey(frame, rules.includes('chop-invariance'))) rules.push('mask-key-any')
  if (isControl(frame.opcode)) {
    if (frame.opcode === opcodes.ping) rules.push('pong-payload')
    if (frame.opcode === opcodes.pong) rules.push('unsolicited-pong')
    if (around.inside) rules.push('interleaved-control')
    return rules
  }
  rules.push('echo-order')
  const single = frame.fin && frame.opcode !== opcodes.continuation
  if (!single) rules.push('reassembly')
  if (single && frame.payload.length === 0) rules.push('empty-message')
  if (frame.payload.length >= longPayload) rules.push('length-forms')
  if (terms.maxMessage !== undefined && around.total >= terms.maxMessage - 1) rules.push('too-big')
  if (around.type === opcodes.binary) rules.push('binary-transparent')
  else if (hasHighByte(frame.payload)) rules.push('utf8-valid')
  if (around.split) rules.push('utf8-split')
  return rules
}
