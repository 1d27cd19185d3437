import type {Terms} from './exchange.ts'
import {isControl, opcodes, type PartialHeader} from './frames.ts'
import type {RuleName} from './rules.ts'

/** Close codes that fit a failure; 'any' stands for every code that may be sent. */
export type Codes = ReadonlySet<number> | 'any'

/** A rule that a frame breaks, and what the receiver may or must do about it. */
export interface Violation {
  readonly rule: RuleName
  readonly codes: Codes
  /** false: the receiver may fail the connection; true: it must, once the frame is whole. */
  readonly must: boolean
  /** A receiver should fail on the header alone, since waiting is what the rule prevents. */
  readonly atHeader: boolean
}

/** The unfinished message at the head of a frame. */
export interface OpenSize {
  readonly fragments: number
  readonly bytes: number
}

/**
 * Fragments that every receiver takes; RFC 6455 section 10.4 permits limits, and none is declared.
 */
export const guaranteedFragments = 256

/** A receiver reads in blocks, and may notice so late that a limit is passed. */
export const blockBytes = 65_536

const codes = (...list: number[]): Codes => new Set(list)
const must = (rule: RuleName, fits: Codes): Violation[] => [
  {rule, codes: fits, must: true, atHeader: false},
]
const may = (rule: RuleName, fits: Codes): Violation[] => [
  {rule, codes: fits, must: false, atHeader: false},
]
const atHeader = (found: Violation[]): Violation[] =>
  found.map((violation) => ({...violation, atHeader: true}))

const isReserved = (opcode: number): boolean => (opcode > 2 && opcode < 8) || opcode > 10

/** RFC 6455 section 5.1: a server must close on an unmasked frame, and may say so by 1002: no code is asked for. */
function mask({masked}: PartialHeader): Violation[] {
  return masked === false ? must('mask-required', 'any') : []
}

/** RFC 6455 section 5.2: reserved bits and opcodes; no extension is agreed. */
function reserved({rsv1, rsv2, rsv3, opcode}: PartialHeader): Violation[] {
  const bits = rsv1 || rsv2 || rsv3 ? must('rsv-bits', codes(1002)) : []
  if (!isReserved(opcode)) return bits
  // 1003 "data that it cannot accept" also suits an unknown data opcode (section 7.4.1).
  return [...bits, ...must('reserved-opcode', opcode < 8 ? codes(1002, 1003) : codes(1002))]
}

/** RFC 6455 section 5.5: control frames are whole and carry at most 125 bytes. */
function control({opcode, fin, lengthForm, length}: PartialHeader): Violation[] {
  if (!isControl(opcode) || isReserved(opcode)) return []
  const fragmented = fin ? [] : must('fragmented-control', codes(1002))
  if (lengthForm === undefined || lengthForm === 7) return fragmented
  if (length === undefined) return [...fragmented, ...may('control-too-long', codes(1002, 1009))]
  if (length > 125) return [...fragmented, ...atHeader(must('control-too-long', codes(1002, 1009)))]
  return [...fragmented, ...may('nonminimal-length', codes(1002))]
}

/** RFC 6455 section 5.4: continuations belong to an open message, new messages do not. */
function sequence({opcode}: PartialHeader, open: OpenSize | undefined): Violation[] {
  if (opcode === opcodes.continuation && open === undefined)
    return must('orphan-continuation', codes(1002))
  const starts = opcode === opcodes.text || opcode === opcodes.binary
  return starts && open !== undefined ? must('new-message-inside', codes(1002)) : []
}

/** RFC 6455 section 5.2: the top bit of a 64-bit length is 0; the sender uses the shortest form. */
function lengthField(header: PartialHeader, strict: boolean): Violation[] {
  const {lengthForm, length, topBit, opcode} = header
  if (topBit === true) return atHeader(must('length-msb', codes(1002, 1009)))
  if (isControl(opcode) || length === undefined) return []
  const longer = (lengthForm === 16 && length < 126) || (lengthForm === 64 && length < 65_536)
  if (!longer) return []
  // What a receiver does about it is not stated, so that only a strict target owes a failure.
  return (strict ? must : may)('nonminimal-length', codes(1002))
}

/** RFC 6455 sections 10.4 and 7.4.1: declared limits bind, above the guaranteed sizes all may end. */
function size(header: PartialHeader, open: OpenSize | undefined, terms: Terms): Violation[] {
  const {opcode, length, topBit} = header
  if (isControl(opcode) || length === undefined || topBit === true) return []
  const total = (open?.bytes ?? 0) + length
  const fits = codes(1009, 1008, 1011, 1002, 1003)
  const many =
    (open?.fragments ?? 0) >= guaranteedFragments
      ? may('reassembly', codes(1008, 1009, 1002, 1011))
      : []
  if (terms.maxMessage === undefined)
    return total > terms.guaranteedMessage ? [...many, ...may('too-big', fits)] : many
  return total > terms.maxMessage ? [...many, ...atHeader(must('too-big', fits))] : many
}

/** RFC 6455 section 7.4.1 (1003): an endpoint that understands only text. */
function textOnly({opcode}: PartialHeader, terms: Terms): Violation[] {
  if (opcode !== opcodes.binary || !terms.textOnly) return []
  return must('binary-transparent', codes(1003, 1002, 1007, 1008, 1011))
}

/**
 * Every rule that a frame breaks by its header, as far as the header is known; the first that must
 * fail the connection is the one to name. `open` is the unfinished message before the frame.
 */
export function headerViolations(
  header: PartialHeader,
  open: OpenSize | undefined,
  terms: Terms,
): Violation[] {
  return [
    ...mask(header),
    ...reserved(header),
    ...control(header),
    ...sequence(header, open),
    ...lengthField(header, terms.strict),
    ...textOnly(header, terms),
    ...size(header, open, terms),
  ]
}

/**
 * Whether a receiver that has `bytes` of a message may wait for more: RFC 6455 section 10.4 wants its
 * limits not to be exceeded, so up to there, and a block further, it may.
 */
export function mayWait({rule}: Violation, bytes: number, {maxMessage = Infinity}: Terms): boolean {
  return rule === 'too-big' && bytes <= maxMessage + blockBytes
}
