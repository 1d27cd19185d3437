import fc from 'fast-check'
import type {Script} from '../script/script.ts'
import type {FrameSpec, Octets} from '../script/ws.ts'
import type {Target} from '../target.ts'
import {fragments} from './ws-legal.ts'
import {
  badTexts,
  controlPayloads,
  dataOpcodes,
  hexOf,
  largest,
  payloadBytes,
  text,
  texts,
  truncated,
} from './ws-payloads.ts'
import {echoes, fence, offends, opening, send, type Offence} from './ws-scene.ts'

/** The first fragment of a text, and its last. */
const begun: FrameSpec = {opcode: 1, fin: false, payload: {text: 'begun '}}
const finished: FrameSpec = {opcode: 0, payload: {text: 'finished'}}
const alone = (frame: FrameSpec): Offence => ({frames: [frame]})
const inside = (frame: FrameSpec): Offence => ({frames: [begun, frame]})

const contents = fc.constantFrom<Octets>(
  {text: 'bad'},
  {hex: ''},
  {text: 'é'},
  {repeat: 'b', times: 125},
)

/** Opcodes that may stand on their own, and those that may stand inside a message; binary only where it is taken. */
function places(target: Target): {outside: fc.Arbitrary<number>; within: fc.Arbitrary<number>} {
  const data = target.ws?.textOnly ? [1] : [1, 2]
  return {
    outside: fc.constantFrom(...data, 9, 10, 8),
    within: fc.constantFrom(0, 9, 10),
  }
}

/**
 * The same fault in frames of every kind, alone and inside a fragmented message; a Close has no body
 * then. A continuation is not empty: whether it was taken in could not be seen.
 */
function everywhere(
  target: Target,
  fault: fc.Arbitrary<Partial<FrameSpec>>,
): fc.Arbitrary<Offence> {
  const {outside, within} = places(target)
  const frame = (opcode: number, payload: Octets, spoilt: Partial<FrameSpec>): FrameSpec => ({
    opcode,
    ...(opcode !== 8 && {payload}),
    ...spoilt,
  })
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(outside, contents, fault).map((all) => alone(frame(...all))),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(within, contents, fault)
        .filter(([opcode, payload]) => opcode !== 0 || payloadBytes(payload) > 0)
        .map((all) => inside(frame(...all))),
    },
  )
}

/** Frames with MASK=0 (RFC 6455 5.1). */
export function unmasked(target: Target): fc.Arbitrary<Script> {
  return offends(target, everywhere(target, fc.constant({mask: null})))
}

/** Frames with reserved bits that no extension defines (RFC 6455 5.2). */
export function reservedBits(target: Target): fc.Arbitrary<Script> {
  const rsv = fc.constantFrom(4, 2, 1, 3, 5, 6, 7).map((bits) => ({rsv: bits}))
  return offends(target, everywhere(target, rsv))
}

/** Frames with an opcode that has no meaning (RFC 6455 5.2), also between the fragments of a message. */
export function reservedOpcodes(target: Target): fc.Arbitrary<Script> {
  const frame = fc
    .tuple(fc.constantFrom(3, 4, 5, 6, 7, 11, 12, 13, 14, 15), contents)
    .map(([opcode, payload]): FrameSpec => ({opcode, payload}))
  const offences = fc.oneof(
    {weight: 3, arbitrary: frame.map(alone)},
    {weight: 1, arbitrary: frame.map((bad): Offence => ({frames: [begun, bad, finished]}))},
  )
  return offends(target, offences)
}

/** Continuations of nothing (RFC 6455 5.4), final or not. */
export function orphans(target: Target): fc.Arbitrary<Script> {
  return offends(
    target,
    fc
      .tuple(fc.boolean(), contents)
      .map(([open, payload]) => alone({opcode: 0, ...(open && {fin: false}), payload})),
  )
}

/** A new message inside one that is not finished (RFC 6455 5.4); the old one may go on behind it. */
export function intruders(target: Target): fc.Arbitrary<Script> {
  const more: FrameSpec = {opcode: 0, fin: false, payload: {text: 'more '}}
  return offends(
    target,
    fc
      .tuple(
        fc.constantFrom<FrameSpec[]>([], [more], [{opcode: 9, payload: {text: 'ping'}}]),
        target.ws?.textOnly ? fc.constant(1) : fc.constantFrom(1, 2),
        fc.boolean(),
        contents,
        fc.boolean(),
      )
      .map(([between, opcode, open, payload, goesOn]) => ({
        frames: [
          begun,
          ...between,
          {opcode, ...(open && {fin: false as const}), payload},
          ...(goesOn ? [finished] : []),
        ],
      })),
  )
}

/** Control frames with FIN=0 (RFC 6455 5.4, 5.5), alone and inside a message, with and without a continuation behind them. */
export function fragmentedControls(target: Target): fc.Arbitrary<Script> {
  return offends(
    target,
    fc
      .tuple(fc.constantFrom(9, 10, 8), controlPayloads, fc.boolean(), fc.boolean())
      .map(([opcode, payload, goesOn, inside]) => ({
        frames: [
          ...(inside ? [begun] : []),
          {opcode, fin: false, ...(opcode !== 8 && {payload})},
          ...(goesOn ? [finished] : []),
        ],
      })),
  )
}

/** Control frames of more than 125 bytes (RFC 6455 5.5): whole, or only their header. */
export function longControls(target: Target): fc.Arbitrary<Script> {
  const opcode = fc.constantFrom(9, 10, 8)
  const whole = fc
    .tuple(opcode, fc.constantFrom(126, 126, 127, 200, 65_535))
    .map(([one, times]) => alone({opcode: one, payload: {repeat: 'c', times}}))
  const header = fc
    .tuple(opcode, fc.constantFrom('126', '127', '65535', '65536', '2147483648'))
    .map(([one, declared]): Offence => ({frames: [{opcode: one, declared}], open: true as const}))
  return offends(target, fc.oneof({weight: 3, arbitrary: whole}, {weight: 1, arbitrary: header}))
}

/**
 * 64-bit lengths of which the low 32 or 16 bits tell how many bytes follow (RFC 6455 5.2): one who
 * cuts them finds a whole frame, and perhaps a legal one behind it. Nobody else may do anything with
 * what is there.
 */
export function cutLengths(target: Target): fc.Arbitrary<Script> {
  const bases = [2 ** 32, 2 ** 32, 2 ** 33, 2 ** 16, 2 ** 52]
  const tooBig = bases.filter((base) => base > largest(target))
  const frame = (opcode: number, base: number, times: number): FrameSpec => ({
    opcode,
    declared: String(base + times),
    payload: {repeat: 'c', times},
  })
  const times = fc.constantFrom(5, 1, 100, 125)
  const data = fc.tuple(dataOpcodes(target), fc.constantFrom(...tooBig), times)
  const control = fc.tuple(fc.constantFrom(9, 9, 10), fc.constantFrom(...bases), times)
  const alone = fc.oneof(control, data).map(([opcode, base, count]) => [frame(opcode, base, count)])
  const rest = fc
    .tuple(fc.constantFrom(...tooBig), times)
    .map(([base, count]) => [begun, frame(0, base, count)])
  const behind = fc.constantFrom<FrameSpec[]>(
    [],
    [{opcode: 9, payload: {text: 'behind the cut'}}],
    ...(echoes(target) ? [[text('behind the cut')]] : []),
  )
  return offends(
    target,
    fc
      .tuple(fc.oneof({weight: 5, arbitrary: alone}, {weight: 1, arbitrary: rest}), behind)
      .map(([frames, more]): Offence => ({frames: [...frames, ...more], open: true as const})),
  )
}

/** 64-bit lengths with the top bit set (RFC 6455 5.2), with a few bytes behind. */
export function topBits(target: Target): fc.Arbitrary<Script> {
  const least = 2n ** 63n
  const declared = fc.oneof(
    fc.constantFrom(least, 2n ** 64n - 1n, 2n ** 64n - 4n, least + 1n),
    fc.bigInt({min: least, max: 2n ** 64n - 1n}),
  )
  return offends(
    target,
    fc
      .tuple(target.ws?.textOnly ? fc.constant(1) : fc.constantFrom(1, 2), declared, contents)
      .map(([opcode, length, payload]): Offence => ({
        frames: [{opcode, declared: String(length), payload}],
        open: true as const,
      })),
  )
}

/** Lengths in a longer form than needed (RFC 6455 5.2), on messages, pings, pongs and Closes, and a good message behind. */
export function longForms(target: Target): fc.Arbitrary<Script> {
  const data = target.ws?.textOnly ? fc.constant(1) : fc.constantFrom(1, 2)
  const form = fc.constantFrom(16 as const, 64 as const)
  const short = fc.tuple(data, form, fc.constantFrom(1, 0, 2, 124, 125))
  const middle = fc.tuple(data, fc.constant(64 as const), fc.constantFrom(126, 127, 300))
  const control = fc.tuple(fc.constantFrom(9, 10), form, fc.constantFrom(1, 0, 4, 125))
  return fc
    .tuple(
      fc.oneof({weight: 2, arbitrary: short}, {weight: 1, arbitrary: middle}, control),
      fc.boolean(),
      fc.boolean(),
    )
    .map(([[opcode, form, times], fenced, apart]): Script => {
      const long: FrameSpec = {opcode, form, payload: {repeat: 'f', times}}
      const next = echoes(target) ? [text('next')] : []
      return [
        opening(target),
        ...(fenced ? [fence] : []),
        ...(apart && next.length > 0 ? [send([long]), send(next)] : [send([long, ...next])]),
        fence,
        ...(target.ws?.strictLengths && opcode < 8
          ? [{do: 'await-end' as const, client: 'a'}]
          : []),
      ]
    })
}

/** Text that is not UTF-8 (RFC 6455 8.1), whole or with the bad place in any fragment. */
export function badText(target: Target): fc.Arbitrary<Script> {
  const whole = badTexts.map((hex) => alone({opcode: 1, payload: {hex}}))
  const parts = fc
    .tuple(badTexts, fc.integer({min: 0, max: 8}))
    .map(([hex, border]): Offence => ({frames: fragments(1, hexOf('é') + hex, [border])}))
  return offends(target, fc.oneof({weight: 4, arbitrary: whole}, {weight: 1, arbitrary: parts}))
}

/** Texts of several fragments that end within a code point, or of which the rest comes in the next message. */
export function cutTexts(target: Target): fc.Arbitrary<Script> {
  const border = fc.integer({min: 0, max: 8})
  const never = fc
    .tuple(texts, fc.constantFrom(...truncated), border)
    .map(([good, cut, at]): Offence => ({frames: fragments(1, hexOf(good) + cut, [at])}))
  const next = fc
    .tuple(texts, fc.constantFrom('a9', '82ac', '9f9880'), fc.boolean())
    .map(([good, rest, apart]): Offence => ({
      frames: [
        ...(apart ? [text(good)] : fragments(1, hexOf(good), [1])),
        {opcode: 1, payload: {hex: rest}},
      ],
    }))
  const both = fc
    .tuple(fc.constantFrom(['c3', 'a9'], ['e282', 'ac'], ['f09f', '9880']), border)
    .map(([[head = '', tail = ''], at]): Offence => ({
      frames: [...fragments(1, hexOf('ab') + head, [at]), {opcode: 1, payload: {hex: tail}}],
    }))
  return offends(target, fc.oneof({weight: 2, arbitrary: never}, next, both))
}
