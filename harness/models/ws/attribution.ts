import type {Message} from './client-facts.ts'
import type {ClientStream} from './client-stream.ts'
import {opcodes} from './frames.ts'
import type {Kind, RuleName} from './rules.ts'

/** Which rule a break belongs to, and in which way it broke. */
export interface Charge {
  readonly rule: RuleName
  readonly kind: Kind
  readonly level?: 'SHOULD'
}

/**
 * Who is named first when a message is missing. The more special what was sent, the earlier: a
 * server that loses only empty messages must not be accused of losing messages.
 */
const lostOrder: readonly RuleName[] = [
  'early-data',
  'nonminimal-length',
  'interleaved-control',
  'utf8-split',
  'reassembly',
  'empty-message',
  'unsolicited-pong',
  'too-big',
  'chop-invariance',
  'length-forms',
  'coalesced',
  'ready-at-101',
  'echo-order',
]

/** The same where a later message came first: only what could make one message vanish. */
const skippedOrder: readonly RuleName[] = [
  'early-data',
  'nonminimal-length',
  'interleaved-control',
  'utf8-split',
  'reassembly',
  'empty-message',
  'too-big',
]

const alteredOrder: readonly RuleName[] = [
  'early-data',
  'interleaved-control',
  'nonminimal-length',
  'utf8-split',
  'reassembly',
  'chop-invariance',
  'length-forms',
  'utf8-valid',
  'binary-transparent',
]

/** The same where a legal stream was met by an accusing Close, by its code. */
const refusedOrder: Readonly<Record<number, readonly RuleName[]>> = {
  1003: ['binary-transparent'],
  1007: [
    'early-data',
    'utf8-split',
    'interleaved-control',
    'utf8-valid',
    'binary-transparent',
    'mask-key-any',
  ],
  1009: ['early-data', 'too-big', 'length-forms'],
}
const refusedByDefault: readonly RuleName[] = [
  'early-data',
  'nonminimal-length',
  'interleaved-control',
  'unsolicited-pong',
  'utf8-split',
  'reassembly',
  'empty-message',
  'too-big',
  'chop-invariance',
  'length-forms',
  'pong-payload',
  'coalesced',
  'ready-at-101',
  'binary-transparent',
  'utf8-valid',
  'mask-key-any',
]

function firstOf(order: readonly RuleName[], seen: ReadonlySet<RuleName>): RuleName | undefined {
  return order.find((rule) => seen.has(rule))
}

/** What is special about the client frames behind index `after`, up to and with `last`. */
export function suspects(
  client: ClientStream,
  after: number,
  last = client.frames.length - 1,
): ReadonlySet<RuleName> {
  const found = new Set<RuleName>()
  for (let index = after + 1; index <= last; index += 1)
    for (const rule of client.frames[index]?.features ?? []) found.add(rule)
  return found
}

/** A message was never echoed; `seen`: the suspects since the last echo. */
export function chargeLost(seen: ReadonlySet<RuleName>): Charge {
  return {rule: firstOf(lostOrder, seen) ?? 'echo-order', kind: 'lost'}
}

/** A message was passed over: the echo of a later one came. */
export function chargeSkipped(message: Message): Charge {
  const rule = firstOf(skippedOrder, message.features)
  return rule === undefined ? {rule: 'echo-order', kind: 'out-of-order'} : {rule, kind: 'lost'}
}

/** A message was echoed again. */
export function chargeRepeated(message: Message): Charge {
  const order: RuleName[] = ['interleaved-control', 'reassembly']
  return {rule: firstOf(order, message.features) ?? 'echo-order', kind: 'repeated'}
}

/** Whether `saw` is the message with its masking key out of step from some byte on. */
function isMisMasked(client: ClientStream, message: Message, saw: Buffer): boolean {
  if (saw.length !== message.bytes.length || saw.equals(message.bytes)) return false
  const shifts = [0, 1, 2, 3].map((shift) => {
    const keys: number[] = []
    for (let index = message.first; index <= message.last; index += 1) {
      const {frame} = client.frames[index] ?? {}
      if (frame === undefined || frame.opcode > 2) continue
      const {maskKey: key, payload} = frame
      for (let offset = 0; offset < payload.length; offset += 1)
        keys.push((key?.[offset % 4] ?? 0) ^ (shift === 0 ? 0 : (key?.[(offset + shift) % 4] ?? 0)))
    }
    return keys
  })
  const from = saw.findIndex((byte, index) => byte !== message.bytes[index])
  // Shift 0 stands for bytes that were not unmasked at all.
  return shifts.some((keys) =>
    saw.subarray(from).every((byte, index) => {
      const plain = message.bytes[from + index] ?? 0
      return byte === (plain ^ (keys[from + index] ?? 0))
    }),
  )
}

/** An echo differs from the message whose turn it is. */
export function chargeAltered(
  client: ClientStream,
  message: Message,
  saw: {readonly type: number; readonly bytes: Buffer},
): Charge {
  const {features} = message
  if (isMisMasked(client, message, saw.bytes)) return {rule: 'mask-key-any', kind: 'altered'}
  const sameBytes = saw.bytes.equals(message.bytes)
  if (sameBytes && !features.has('interleaved-control'))
    return {rule: 'binary-transparent', kind: 'altered'}
  const byType = message.type === opcodes.text ? 'utf8-valid' : 'binary-transparent'
  return {rule: firstOf(alteredOrder, features) ?? byType, kind: 'altered'}
}

/** A legal stream was met by a Close with an accusing code. */
export function chargeRefused(seen: ReadonlySet<RuleName>, code: number): Charge {
  const order = [...(refusedOrder[code] ?? []), ...refusedByDefault]
  const fallback = seen.has('echo-order') ? 'utf8-valid' : 'server-output'
  return {rule: firstOf(order, seen) ?? fallback, kind: 'unexpected-close'}
}

/** The process died, and no violation was sent. */
export function chargeDeath(seen: ReadonlySet<RuleName>): Charge {
  return {rule: firstOf(refusedByDefault, seen) ?? 'server-output', kind: 'died'}
}

/** What stood around the latest ping. */
export interface Pinged {
  /** Others waited for their pong when it was sent. */
  readonly burst: boolean
  /** One of those had come in pieces: what stops a server there stops it before the latest. */
  readonly choppedBefore: boolean
  /** A pong came that matches no ping. */
  readonly stray: boolean
}

/** No pong came in time for the latest ping, whose frame has `features`; `seen`: all that was not shown to be handled. */
export function chargeNoPong(
  features: ReadonlySet<RuleName>,
  {burst, choppedBefore, stray}: Pinged,
  seen: ReadonlySet<RuleName>,
): Charge {
  if (choppedBefore) return {rule: 'chop-invariance', kind: 'no-pong'}
  if (stray) return {rule: 'pong-payload', kind: 'wrong-pong'}
  const kind = 'no-pong'
  if (features.has('early-data')) return {rule: 'early-data', kind}
  if (seen.has('nonminimal-length')) return {rule: 'nonminimal-length', kind}
  if (features.has('interleaved-control')) return {rule: 'interleaved-control', kind}
  if (seen.has('unsolicited-pong')) return {rule: 'unsolicited-pong', kind}
  if (burst) return {rule: 'ping-burst', kind}
  if (features.has('chop-invariance')) return {rule: 'chop-invariance', kind}
  return {rule: features.has('coalesced') ? 'coalesced' : 'pong-payload', kind}
}
